"""The note of a store, written and read; damaged ones are in `tests/safety`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.rescale import Rescale
from phenolens.store.note import Note, differences, note_of, read_note


def test_it_is_read_as_it_was_written(tiny_screen: Screen, tmp_path: Path) -> None:
    screen = replace(Rescale()(tiny_screen), pixel_size=float("nan"))
    note = note_of(screen, "f", "x", 32)
    note.write(tmp_path)
    known = read_note(tmp_path)
    assert known is not None
    assert differences(known, note) == []
    assert known.rule() == screen.rescale
    assert known.shape == (24, 2, 40, 48)
    assert differences(known, replace(note, fingerprint="g")) == ["fingerprint"]
    assert read_note(tmp_path / "nowhere") is None


def test_a_chunk_has_images(tiny_screen: Screen) -> None:
    note = note_of(tiny_screen, "f", "x", 5)
    assert isinstance(note, Note)
    assert note.chunks == 5
    with pytest.raises(InputError, match="chunk: must be at least 1"):
        replace(note, chunk=0)
