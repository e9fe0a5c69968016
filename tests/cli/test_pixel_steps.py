"""Pixel steps on the way into a store, as `prepare --pixels` takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.cli.conftest import Call

from phenolens.screens.image_folder import ImageFolder
from phenolens.store.pixel_store import open_store


def test_pixel_steps_on_the_way(tmp_path: Path, call: Call) -> None:
    """The store has what comes out; a scale is left to recipes, and a file is not a step."""
    root, out = tmp_path / "plates", tmp_path / "a.store"
    ImageFolder.fake(root)
    steps = ("--pixels", "illumination(average=background, block=8), resize(factor=0.5)")
    assert call("prepare", root, "--out", out, *steps)[0] == 0
    store = open_store(out)
    assert store.size == (16, 20)
    assert [entry["step"] for entry in store.history] == ["illumination", "resize"]
    assert (out / "illumination.npz").is_file()
    assert store.looks is not None
    assert store.looks(np.arange(len(store))) is not None
    for wrong in (
        "rescale",
        "resize(factor=0.5), rescale",
        "steps.toml",
        "resise",
        "resize(factor",
        "1x",
    ):
        status, _, told = call("prepare", root, "--out", tmp_path / "b.store", "--pixels", wrong)
        assert status == 2
        assert "--pixels" in told
    both = ("--pixels", "mark_controls(query=\"well == 'A01'\")", "--controls", "well == 'A01'")
    status, _, told = call("prepare", root, "--out", tmp_path / "b.store", *both)
    assert (status, "leave one of the two out" in told) == (2, True)
    assert not (tmp_path / "b.store").exists()
