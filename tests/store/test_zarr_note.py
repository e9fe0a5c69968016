"""What a store in Zarr says of itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.resize import Resize
from phenolens.store.zarr_note import read_zarr_note, zarr_differences, zarr_note_of


def test_it_comes_back_and_knows_another_screen(tiny_screen: Screen) -> None:
    screen = Resize(factor=0.5)(replace(tiny_screen, pixel_size=float("nan")))
    note = zarr_note_of(screen, "abc")
    again = read_zarr_note(json.loads(json.dumps(note.attributes())), "here")
    assert again == note
    assert (again.pixel_size, again.complete, again.history[0]["step"]) == (None, False, "resize")
    assert zarr_differences(again, replace(note, complete=True)) == []
    assert zarr_differences(again, zarr_note_of(tiny_screen, "x")) == ["history", "fingerprint"]


def test_what_is_no_note() -> None:
    with pytest.raises(InputError, match=r"not a pixel store .* see docs/stores.md"):
        read_zarr_note({"ome": {}}, "here")
    good = {"format": "pixels", "channels": ["DNA"]}
    assert read_zarr_note({"phenolens": good}, "here").complete
    for wrong in ({"format": "other"}, {"chanels": ["DNA"]}, {"rescale": {"low": 5, "high": 1}}):
        with pytest.raises(InputError):
            read_zarr_note({"phenolens": {**good, **wrong}}, "here")
