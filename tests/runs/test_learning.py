"""The pixel half of a recipe: checked before anything runs, spelled out in full."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from phenolens.baselines.intensity import Intensity
from phenolens.core.errors import InputError
from phenolens.pixels.resize import Resize
from phenolens.runs.learning import read_learning, spelled


@pytest.fixture
def table(tiny: Path) -> dict[str, Any]:
    """Return the tiny recipe as tables."""
    return tomllib.loads(tiny.read_text(encoding="utf-8"))


def test_everything_is_built_or_ready_to_be(table: dict[str, Any]) -> None:
    table["pixels"] = [{"step": "resize", "factor": 0.5}]
    table["baselines"] = ["intensity"]
    made = read_learning(table, seed=3)
    assert made.seed == 3
    assert made.pixels[0] == Resize(factor=0.5)
    assert len(made.pixels) == 2  # `rescale` is appended
    assert made.baselines == {"intensity": Intensity()}
    assert made.encoder is not None
    assert made.encoder[1]["depth"] == 1
    assert made.method is not None
    assert made.method[1]["out"] == 16


def test_the_tables_in_full_describe_the_same(table: dict[str, Any]) -> None:
    made = read_learning(table, 0)
    assert [step["step"] for step in made.settings["pixels"]] == ["rescale"]
    assert made.settings["baselines"] == ["untrained", "intensity", "cell_count"]
    assert made.settings["design"] == "joint"
    assert read_learning(made.settings, 0).settings == made.settings


@pytest.mark.parametrize(
    ("section", "key", "option"),
    [
        ("training", "accelerator", "accelerator"),
        ("training", "checkpoint_every", "checkpoint_every"),
        ("training", "log_every", "log_every"),
        ("embedding", "batch_size", "embed_batch_size"),
    ],
)
def test_settings_of_the_machine_are_refused_with_the_fix(
    table: dict[str, Any], section: str, key: str, option: str
) -> None:
    table[section][key] = 1
    with pytest.raises(InputError, match=f"{section}.{key}: .* --machine {option}=VALUE"):
        read_learning(table, 0)


def test_what_is_no_dataclass_is_spelled_as_it_was_given() -> None:
    assert spelled(Resize(factor=2), {"step": "resize"}, "step") == {"step": "resize", "factor": 2}
    assert spelled(object(), {"step": "mine:Foo", "a": 1}, "step") == {"step": "mine:Foo", "a": 1}


def test_only_what_has_names_of_its_own_is_measured(table: dict[str, Any]) -> None:
    made = read_learning({**table, "measured": ["cell_count"]}, 0)
    assert made.measured["cell_count"].measures[0] == "cells_per_image"
    assert made.settings["measured"] == ["cell_count"]
    assert "measured" not in read_learning(table, 0).settings, "the hash of older recipes stays"
    with pytest.raises(InputError, match="intensity measures nothing"):
        read_learning({**table, "measured": ["intensity"]}, 0)


def test_features_are_measured_in_the_place_of_an_encoder(table: dict[str, Any]) -> None:
    pixels = {"screen": table["screen"], "features": "intensity", "baselines": ["cell_count"]}
    made = read_learning(pixels, 0)
    assert made.encoder is None
    assert made.features == {"intensity": Intensity()}
    assert set(made.settings) == {"screen", "pixels", "features", "baselines"}
    assert read_learning(made.settings, 0).settings == made.settings
    with pytest.raises(InputError, match="no encoder is left for views, encoder, method"):
        read_learning({**table, "features": "intensity"}, 0)
    with pytest.raises(InputError, match="no encoder is left for baselines: untrained"):
        read_learning({**pixels, "baselines": ["untrained"]}, 0)
    with pytest.raises(InputError, match=r"features: untrained needs an encoder; name one"):
        read_learning({**pixels, "features": "untrained"}, 0)
    with pytest.raises(InputError, match='features = "cell_profiler"'):
        read_learning({"screen": table["screen"]}, 0)
