"""The data and the weights of a run are known by their content before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.runs.recipe import Recipe
from phenolens.runs.source import Opened


def opened(tiny: Path, *changes: str, root: Path = Path()) -> Opened:
    return Recipe.load(tiny, changes).source.open(root)


def test_the_data_and_the_weights_are_fingerprinted(tiny: Path, finished: Path) -> None:
    first = opened(tiny)
    assert first.inputs["data"] == opened(tiny, "seed=1").inputs["data"]
    assert first.inputs["data"] != opened(tiny, "screen.seed=1").inputs["data"]
    assert first.inputs["weights"] == ""
    with_weights = opened(tiny, "weights=joint", root=finished / "models")
    assert len(with_weights.inputs["weights"]) == 64
    with pytest.raises(InputError, match=r"absent.*: no such weights; paths start at --root"):
        opened(tiny, "weights=absent.pt")
