"""A lens that adds light to nuclei in one channel has its map there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.explanations.conftest import subject_of
from tests.explanations.test_compartment_knock_out import SIDE, drawn
from tests.lenses.conftest import Mean, frozen_of
from torch import Tensor, nn

from phenolens.lenses.maps import Mapper, importance
from phenolens.masks.compartments import NUCLEUS, compartments


def test_the_map_is_the_papers_by_hand() -> None:
    one, other = torch.tensor([[[[0.5, 0.2]]]]), torch.tensor([[[[0.25, 0.2]]]])
    torch.testing.assert_close(importance(one, other), torch.tensor([[[[0.125, 0.0]]]]))
    torch.testing.assert_close(importance(other, one), importance(one, other))


class Lamp(nn.Module):
    """Light is added in a square around the middle, in one channel."""

    def forward(self, x: Tensor) -> Tensor:
        made = x.clone()
        middle = slice(SIDE // 2 - 4, SIDE // 2 + 4)
        made[:, 1, middle, middle] += 0.25
        return made


def test_mass_is_where_the_lens_adds_light() -> None:
    frozen = frozen_of(subject_of(drawn(NUCLEUS), Mean()))
    mapper, rows = Mapper(frozen, nn.Identity()), np.array([0, 7])
    (maps,) = mapper.maps([Lamp()], rows)
    np.testing.assert_allclose(maps.sum(axis=(1, 2, 3)), 64 * 0.125, rtol=1e-3)
    table = mapper.shares(maps, mapper.labels(rows))
    assert table["mass_nucleus"].to_numpy() == pytest.approx(1, abs=1e-6)
    assert table["channel_Actin"].to_numpy() == pytest.approx(1, abs=1e-6)
    raw = frozen.seen.screen.read(frozen.task.image[rows])
    area = [(compartments(one, ("DNA", "Actin")) == NUCLEUS).mean() for one in raw]
    assert table["area_nucleus"].to_numpy() == pytest.approx(area)


def test_a_lens_that_changes_nothing_is_at_chance() -> None:
    frozen = frozen_of(subject_of(drawn(NUCLEUS), Mean()))
    mapper, rows = Mapper(frozen, nn.Identity()), np.array([3])
    (maps,) = mapper.maps([nn.Identity()], rows)
    table = mapper.shares(maps, mapper.labels(rows))
    assert table["mass_nucleus"].to_numpy() == pytest.approx(table["area_nucleus"].to_numpy())
    assert table["channel_DNA"].tolist() == pytest.approx([0.5])


class Counted(nn.Identity):
    """How often it was called."""

    calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x


def test_two_lenses_share_one_reconstruction() -> None:
    frozen = frozen_of(subject_of(drawn(NUCLEUS), Mean()))
    reference, rows = Counted(), np.array([0, 7])
    lit, plain = Mapper(frozen, reference).maps([Lamp(), nn.Identity()], rows)
    assert reference.calls == len(frozen.batches(rows))
    assert lit.sum() > 1 > plain.sum()
