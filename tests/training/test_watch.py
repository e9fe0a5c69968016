"""Looks change no bit of a training, and the state of the best replicates can be kept."""

from __future__ import annotations

import csv
import importlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.training import watch as watching
from phenolens.training.fit import fit
from phenolens.training.meter import Subset
from phenolens.training.settings import Training, Watch
from phenolens.training.watch import embedded

ON: dict[str, Any] = {"watch": Watch(every=1)}


@pytest.fixture
def kit(tiny: Path) -> ModuleType:
    """Return the tiny training."""
    del tiny
    return importlib.import_module("tiny_training")


@pytest.fixture
def subset(kit: ModuleType) -> Subset:
    """Return 12 images of two tiles: 4 treatments and controls, in two batches."""
    made: Subset = kit.make_subset()
    return made


def train(
    kit: ModuleType, folder: Path, subset: Subset | None, **settings: Any
) -> dict[str, Tensor]:
    method, stop = kit.make_method(), settings.pop("stop_after", None)
    place = replace(kit.place_in(folder), stop_after=stop)
    training = kit.make_training(**settings)
    fit(method, kit.make_stream(), training, place, 2, kit.make_machine(), subset)
    return dict(method.state_dict())


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, two[name]) for name, value in one.items())


def lines(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_looks_change_no_weight_and_go_to_the_log(
    kit: ModuleType, tmp_path: Path, subset: Subset
) -> None:
    plain = train(kit, tmp_path / "plain", None)
    watched = train(kit, tmp_path / "watched", subset, watch=Watch(every=2))
    assert same(plain, watched)
    looks = [line for line in lines(tmp_path / "watched") if line["replicates"]]
    assert [line["step"] for line in looks] == ["-1", "5", "11"]  # 3 steps per epoch
    assert all(0 < float(line["replicates"]) <= 1 for line in looks)
    assert "replicates" not in lines(tmp_path / "plain")[0]


def test_the_best_state_is_kept_also_after_a_stop(
    kit: ModuleType, tmp_path: Path, subset: Subset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures are set by hand: the second of four looks is the best."""
    values = {3: 0.2, 6: 0.9, 9: 0.1, 12: 0.9}
    looked: list[int] = []

    def measured(_: Tensor, __: Subset) -> dict[str, float]:
        names = ("batch_knn", "batch_linear", "alignment", "uniformity", "meter_rank")
        looked.append(1)
        step = 3 * (len(looked) - 1)
        return {"replicates": values.get(step, 0.0), **dict.fromkeys(names, 0.5)}

    monkeypatch.setattr(watching, "measure", measured)
    best = train(kit, tmp_path / "whole", subset, keep="best_replicates", **ON)
    short = train(kit, tmp_path / "short", None, stop_after=6)
    assert same(best, short)  # the earlier of two equal ones
    looked.clear()
    first = train(kit, tmp_path / "cut", subset, keep="best_replicates", stop_after=8, **ON)
    assert not same(first, best)  # not finished: the training goes on from its last state
    resumed = train(kit, tmp_path / "cut", subset, keep="best_replicates", **ON)
    assert same(resumed, best)


def test_an_encoder_is_measured_in_evaluation_and_left_as_it_was(
    kit: ModuleType, subset: Subset
) -> None:
    encoder = kit.make_method().encoder.train()
    before = torch.random.get_rng_state()
    made = embedded(encoder, subset)
    assert (made.shape, made.dtype) == ((12, encoder.dim), torch.float64)
    assert all(module.training for module in encoder.modules())
    assert torch.equal(before, torch.random.get_rng_state())
    encoder.eval()
    (first, *_) = subset.images(torch.device("cpu"))
    with torch.no_grad():
        assert torch.allclose(made[:4], encoder(first).double().reshape(4, 2, -1).mean(1))


def test_choosing_a_state_needs_looks() -> None:
    with pytest.raises(
        InputError, match=r"keep: 'best_replicates' needs looks at the encoder; set"
    ):
        Training(keep="best_replicates")
    with pytest.raises(InputError, match="images: must be from 8 to 8192"):
        Watch(images=4)
