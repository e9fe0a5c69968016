"""What several processes compute as one. Two real processes: tests/contracts/test_methods.py."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.networks import processes
from phenolens.networks.processes import gathered, share_statistics, together


def test_one_process_alone_changes_nothing() -> None:
    x = torch.randn(3, 4)
    assert together() == 1
    assert gathered(x) is x


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 5, 2)])
def test_shared_statistics_are_torchs_where_nobody_else_trains(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], *, affine: bool
) -> None:
    """As if two processes held the same rows: their mean and variance are those of one."""
    monkeypatch.setattr(processes, "together", lambda: 2)
    monkeypatch.setattr(processes, "_summed", lambda x: 2 * x)
    kind = nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d
    torch.manual_seed(0)
    theirs, ours = kind(4, affine=affine).double(), kind(4, affine=affine).double()
    whole = nn.Sequential(ours)
    share_statistics(whole)
    x = torch.randn(shape, dtype=torch.float64)
    assert torch.allclose(whole(x), theirs(x), atol=1e-12)
    twice = kind(4, affine=affine).double()
    twice(torch.cat((x, x)))
    mine, expected = ours.state_dict(), twice.state_dict()
    assert all(torch.allclose(mine[name], expected[name], atol=1e-12) for name in expected)


def test_names_stay_and_evaluation_is_torchs() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    names, x = list(net.state_dict()), torch.randn(5, 3)
    before = net.eval()(x)
    share_statistics(net)
    assert list(net.state_dict()) == names
    assert torch.equal(net(x), before)
