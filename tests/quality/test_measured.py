"""A row per image and channel: read, or from the records of a store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.screen import Images, Rows, Screen, UnreadableImage
from phenolens.quality.focus import power_slope
from phenolens.quality.measure import MEASURES, measure_channel
from phenolens.quality.measured import measure
from phenolens.quality.records import QualityRecords
from phenolens.store.pixel_store import prepare


def test_a_screen_gives_a_row_per_image_and_channel(tiny_screen: Screen) -> None:
    seen: list[tuple[int, int]] = []
    made = measure(tiny_screen, progress=lambda done, of_all: seen.append((done, of_all)))
    assert made["image"].tolist() == np.repeat(np.arange(24), 2).tolist()
    assert made["channel"].tolist() == ["DNA", "Actin"] * 24
    image = tiny_screen.read(np.array([7]))[0, 1]
    assert made.loc[15, list(MEASURES)].tolist() == list(measure_channel(image))
    assert seen[-1] == (24, 24)
    with_slopes = measure(tiny_screen, slopes=True)
    assert with_slopes.drop(columns="power_slope").equals(made)
    assert with_slopes.loc[15, "power_slope"] == power_slope(image)


def test_what_cannot_be_read_is_missing_where_it_may_be(tiny_screen: Screen) -> None:
    def broken(rows: Rows) -> Images:
        if 3 in rows:
            raise UnreadableImage("is truncated", where="3.tif")
        return tiny_screen.read(rows)

    made = measure(replace(tiny_screen, read=broken, left_out=()))
    assert made.loc[made["mean"].isna(), "image"].unique().tolist() == [3]
    with pytest.raises(UnreadableImage, match=r"3.tif: is truncated"):
        measure(replace(tiny_screen, read=broken))


def test_a_store_that_was_measured_reads_no_image(tiny_screen: Screen, tmp_path: Path) -> None:
    def never(rows: Rows) -> Images:
        raise AssertionError(rows)

    store = prepare(tiny_screen, tmp_path / "store", look=QualityRecords())
    known = measure(replace(store, read=never))
    pd.testing.assert_frame_equal(known, measure(tiny_screen), check_exact=True)
    with pytest.raises(AssertionError):
        measure(replace(store, read=never), slopes=True)
