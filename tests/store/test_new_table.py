"""Another table for the same images: metadata are replaced, pixels are not touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.base import PixelStep, apply_chain
from phenolens.pixels.illumination import Illumination
from phenolens.pixels.resize import Resize
from phenolens.pixels.where import Where
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import new_table
from phenolens.store.fingerprint import fingerprint
from phenolens.store.new_table import replace_table
from phenolens.store.note import META, NOTE, PIXELS, read_note
from phenolens.store.pixel_store import open_store, prepare


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    layout = ImageFolder.fake(tmp_path / "plates")
    return layout(tmp_path / "plates")


def described(screen: Screen, **columns: object) -> Screen:
    return replace(screen, meta=screen.meta.assign(**columns))


def test_the_store_is_as_if_it_was_made_with_the_new_table(screen: Screen, tmp_path: Path) -> None:
    out, other = tmp_path / "store", described(screen, dye="x", compound="y")
    prepare(screen, out, 1)
    pixels = (out / PIXELS).stat()
    assert replace_table(other, out) == ["compound", "dye"]
    assert replace_table(other, out) == []
    pd.testing.assert_frame_equal(open_store(out).meta, other.meta)
    opened = prepare(other, out, 1)
    now = (out / PIXELS).stat()
    assert (now.st_mtime_ns, now.st_ino) == (pixels.st_mtime_ns, pixels.st_ino)
    rows = np.arange(len(screen))
    np.testing.assert_array_equal(opened.read(rows), screen.read(rows))
    prepare(other, tmp_path / "whole", 1)
    made, known = read_note(tmp_path / "whole"), read_note(out)
    assert made is not None
    assert known is not None
    assert known == replace(made, sums=known.sums)
    with pytest.raises(InputError, match=r"another screen \(images or metadata differ\)"):
        prepare(screen, out, 1)


def test_a_store_that_was_not_finished_goes_on(screen: Screen, tmp_path: Path) -> None:
    out, other = tmp_path / "store", described(screen, dye="x")

    def stopped(_: np.ndarray) -> np.ndarray:
        raise InputError("stopped here")

    with pytest.raises(InputError, match="stopped here"):
        prepare(replace(screen, read=stopped), out, 1)
    assert replace_table(other, out) == ["dye"]
    assert prepare(other, out, 1).meta["dye"].tolist() == ["x"] * len(screen)


def killed(*_: object) -> None:
    """Stop as a kill does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("when", ["note", "table"])
def test_a_kill_between_note_and_table_is_made_good(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    out, other = tmp_path / "store", described(screen, dye="x")
    prepare(screen, out, 1)

    if when == "table":
        monkeypatch.setattr(new_table, "written", killed)
    else:
        monkeypatch.setattr("phenolens.store.note.Note.write", killed)
    with pytest.raises(KeyboardInterrupt):
        replace_table(other, out)
    monkeypatch.undo()
    if when == "table":
        with pytest.raises(InputError, match="is damaged"):
            open_store(out)
    replace_table(other, out)
    assert prepare(other, out, 1).meta["dye"].tolist() == ["x"] * len(screen)


@pytest.mark.parametrize("then", ["old", "third", "new"])
def test_after_a_kill_any_table_of_these_images_is_taken(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """The note is of the new table, the file is the old one; the pixels are fine."""
    out, new = tmp_path / "store", described(screen, dye="x")
    prepare(screen, out, 1)

    with monkeypatch.context() as stopped:
        stopped.setattr(new_table, "written", killed)
        with pytest.raises(KeyboardInterrupt):
            replace_table(new, out)
    with pytest.raises(InputError, match="give the command that made it again"):
        open_store(out)
    given = {"old": screen, "third": described(screen, dye="y"), "new": new}[then]
    assert replace_table(given, out)
    pd.testing.assert_frame_equal(prepare(given, out, 1).meta, given.meta)
    assert replace_table(given, out) == []


def test_columns_in_another_order_and_columns_that_go(screen: Screen, tmp_path: Path) -> None:
    out = tmp_path / "store"
    prepare(described(screen, dye="x"), out, 1)
    turned = described(screen, dye="x")
    turned = replace(turned, meta=turned.meta[turned.meta.columns[::-1]])
    assert replace_table(turned, out)
    assert list(prepare(turned, out, 1).meta) == list(turned.meta)
    assert "-dye" in replace_table(screen, out)
    assert "dye" not in prepare(screen, out, 1).meta


def test_pixel_steps_that_do_not_ask_the_table_are_no_hindrance(
    screen: Screen, tmp_path: Path
) -> None:
    out = tmp_path / "store"
    steps: list[PixelStep] = [
        Illumination(average="background", block=8),
        Resize(factor=0.5),
    ]
    pixels = prepare(apply_chain(steps, screen), out, 1)
    other = apply_chain(steps, described(screen, dye="x"))
    assert "dye" in replace_table(other, out)
    made = prepare(other, out, 1)
    assert made.meta["dye"].tolist() == ["x"] * len(screen)
    rows = np.arange(len(screen))
    np.testing.assert_array_equal(made.read(rows), pixels.read(rows))
    some = apply_chain([*steps, Where(query="site == 1")], described(screen, dye="y"))
    assert replace_table(some, out) == []


def test_other_images_are_never_taken_for_these(screen: Screen, tmp_path: Path) -> None:
    out = tmp_path / "store"
    prepare(screen, out, 1)
    before = {name: (out / name).read_bytes() for name in (META, NOTE, PIXELS)}
    new = described(screen, dye="x")
    swapped = np.array([1, 0, *range(2, len(screen))])
    others = {
        "rows in another order": new.take(swapped),
        "files in another order": replace(new.take(swapped), meta=new.meta),
        "another place": described(new, well=list(reversed(new.meta["well"]))),
        "another plate": described(new, plate="P9"),
        "a place that was not known": described(new, z=1),
        "fewer": new.take(np.arange(4)),
        "other channels": new.select(["DNA"]),
        "other names of channels": replace(new, channels=("a", "b")),
        "a pixel step": replace(new, history=({"step": "where"},)),
        "another pixel step": replace(new, history=({"step": "resize"},)),
        "no hashes of files": replace(new, identify=None),
    }
    for name, other in others.items():
        assert replace_table(other, out) == [], name
        with pytest.raises(InputError, match="another screen"):
            prepare(other, out, 1)
    path = tmp_path / "plates" / "P1" / "A01_s1_DNA.tif"
    path.write_bytes((tmp_path / "plates" / "P1" / "A01_s1_Actin.tif").read_bytes())
    assert replace_table(new, out) == [], "one file was replaced"
    assert {name: (out / name).read_bytes() for name in before} == before
    (out / META).write_bytes(b"")
    assert replace_table(new, out) == []
    (out / NOTE).write_text("{")
    assert replace_table(new, out) == []
    assert replace_table(new, tmp_path / "none") == []


def test_the_fingerprint_is_that_of_the_new_table(screen: Screen, tmp_path: Path) -> None:
    out, other = tmp_path / "store", described(screen, dye="x")
    prepare(screen, out, 1)
    replace_table(other, out)
    note = read_note(out)
    assert note is not None
    assert note.fingerprint == fingerprint(other) != fingerprint(screen)
