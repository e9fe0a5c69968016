"""Sums of counts: as read from the store, also after a kill, and never of damaged files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.screen import Images, Rows, Screen, UnreadableImage
from phenolens.pixels.rescale import Rescale
from phenolens.store.counts import Counts, read_counts
from phenolens.store.limits import Limits
from phenolens.store.note import COUNTS
from phenolens.store.pixel_store import prepare, remove_store


def never(rows: Rows) -> Images:
    raise AssertionError(rows)


def test_limits_from_sums_are_those_of_the_images(tiny_screen: Screen, tmp_path: Path) -> None:
    store = prepare(tiny_screen, tmp_path, count=True)
    counts = read_counts(tmp_path)
    assert counts is not None
    of_plate = tiny_screen.read(np.flatnonzero(tiny_screen.meta["plate"] == "p1"))
    assert counts["p1"].sum() == of_plate.size
    assert counts["p1"][1, 0] == np.count_nonzero(of_plate[:, 1] == 0)
    asked = Rescale(low=1, high=99, standardize=True)(store)
    known = Limits.of(replace(asked, read=never), counts=counts)
    pd.testing.assert_frame_equal(known.table, Limits.of(asked).table, check_exact=True)
    with pytest.raises(AssertionError):  # of controls alone there are no sums
        Limits.of(Rescale(on="controls")(replace(store, read=never)), counts=counts)


def test_a_resume_counts_what_was_written(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first chunk; an image that cannot be read is no pixel, before and after."""
    monkeypatch.setattr("phenolens.store.pixel_store.CHUNK", 10)
    stops = [True]

    def read(rows: Rows) -> Images:
        if stops[0] and rows[0] >= 10 and len(rows) > 1:
            raise KeyboardInterrupt
        if {3, 15} & set(rows.tolist()):
            raise UnreadableImage("is damaged")
        return tiny_screen.read(rows)

    screen = replace(tiny_screen, read=read, left_out=())
    with pytest.raises(KeyboardInterrupt):
        prepare(screen, tmp_path, 1, count=True)
    assert read_counts(tmp_path) is None
    stops[0] = False
    prepare(screen, tmp_path, 1, count=True)
    counts = read_counts(tmp_path)
    assert counts is not None
    whole = Counts.begin(tiny_screen)
    assert whole is not None
    rows = np.setdiff1d(np.arange(24), [3, 15])
    whole.add(rows, tiny_screen.read(rows))
    for plate, sums in zip(whole.plates, whole.sums, strict=True):
        np.testing.assert_array_equal(counts[plate], sums)


def test_damaged_sums_are_not_known(tiny_screen: Screen, tmp_path: Path) -> None:
    prepare(tiny_screen, tmp_path, count=True)
    content = bytearray((tmp_path / COUNTS).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / COUNTS).write_bytes(content)
    assert read_counts(tmp_path) is None


def test_sums_of_very_many_plates_are_not_kept(
    tiny_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phenolens.store.counts._MOST", 1000)
    assert Counts.begin(tiny_screen) is None


def test_limits_of_some_images_are_their_own(tiny_screen: Screen, tmp_path: Path) -> None:
    store = Rescale(low=1, high=99)(prepare(tiny_screen, tmp_path, count=True))
    for some in (store.take(np.arange(0, 24, 2)), store.select(store.channels[1:])):
        known = Limits.of_store(some, tmp_path).table
        pd.testing.assert_frame_equal(known, Limits.of(some).table)
    remove_store(tmp_path)
    assert not tmp_path.exists()
