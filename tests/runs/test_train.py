"""One model: trained once, kept whole with its log, and described by its card."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.models.folder import load
from phenolens.runs import fitting
from phenolens.runs.prepare import Pixels
from phenolens.runs.train import stage_of, train

MakePixels = Callable[..., Pixels]

KEYS = {
    "name=other": True,
    "profiling=[]": True,
    "baselines=[]": True,
    "embedding.tiles={size=8, rows=1, columns=1}": True,
    "training.lr=0.1": False,
    "seed=1": False,
    "encoder.depth=2": False,
    "screen.seed=2": False,
    "views.where=plate == 'p1'": False,
    'pixels=[{step="rescale", low=1}]': False,
}


@pytest.mark.parametrize(("change", "same"), KEYS.items(), ids=KEYS)
def test_a_key_is_of_all_that_shapes_a_training(
    pixels_of: MakePixels, change: str, same: bool
) -> None:
    first = stage_of(pixels_of(), "joint").key
    assert (stage_of(pixels_of(change), "joint").key == first) == same


def test_given_weights_and_channels_are_in_the_key(pixels_of: MakePixels, finished: Path) -> None:
    first = stage_of(pixels_of(), "joint").key
    model = finished / "models" / "joint"
    assert stage_of(pixels_of(f"weights={model}"), "joint").key != first
    parts = pixels_of("design=per_channel")
    assert len({stage_of(parts, name).key for name in ("DNA", "Actin")} | {first}) == 3


def test_a_model_is_whole_with_its_log_and_found_again(
    pixels_of: MakePixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = pixels_of()
    model = train(pixels, "joint", None)
    assert model.cost is not None
    assert model.cost.steps == 4
    assert model.note.startswith("20 images paired by same compound.")
    assert model.parameters == sum(p.numel() for p in load(model.folder).encoder.parameters())
    with pixels.job.folder.log("joint").open() as file:
        assert [row["step"] for row in csv.DictReader(file)][-1] == "3"
    assert not list(pixels.job.cache.root.rglob("checkpoint.pt"))
    monkeypatch.setattr(fitting, "fit", lambda *_: pytest.fail("was trained before"))
    again = train(pixels_of("name=other"), "joint", None)
    assert (again.key, again.cost, again.note) == (model.key, model.cost, model.note)


def test_without_a_method_a_model_of_ours_is_used_as_it_is(
    pixels_of: MakePixels, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = finished / "models" / "joint"
    pixels = pixels_of(f"weights={model}")
    without: dict[str, Any] = {**vars(pixels.learning), "method": None}
    monkeypatch.setattr(pixels, "learning", pixels.learning.__class__(**without))
    used = train(pixels, "joint", model)
    assert used.cost is None
    assert used.note == "The encoder was not trained: it is used as it was given."
    expected, got = (load(folder).encoder.state_dict() for folder in (model, used.folder))
    assert all(torch.equal(value, expected[name]) for name, value in got.items())
    assert not pixels.job.folder.log("joint").exists()


def test_the_card_says_how_to_use_the_model(finished: Path) -> None:
    model = load(finished / "models" / "joint", ("DNA", "Actin"))
    card = model.card
    assert not model.encoder.training
    assert card.tiles == {"size": 16, "rows": 2, "columns": 2}
    (rescale,) = card.pixels
    assert rescale.items() >= {"step": "rescale", "mode": "percentile", "high": 99.9}.items()
    assert card.method["name"] == "dino"
    assert card.provenance["seed"] == 0
    assert len(card.provenance["training"]) == len(card.provenance["fingerprint"]) == 16
