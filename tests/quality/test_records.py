"""Records of images: the same as when they are looked at, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from tests.quality.kit import whole

from phenolens.core.screen import Images, Rows
from phenolens.pixels.flag_quality import FlagQuality
from phenolens.pixels.resize import Resize
from phenolens.quality.looks import look
from phenolens.quality.measure import MEASURES, measure_channel
from phenolens.quality.records import QualityRecords, kept_records, table_of
from phenolens.store.pixel_store import open_store, prepare


def never(rows: Rows) -> Images:
    raise AssertionError(rows)


def test_a_record_is_of_one_image_alone() -> None:
    images = whole().read(np.arange(4))
    made, alone = QualityRecords()(images), QualityRecords()(images[2:3])
    assert made.dtype == QualityRecords().dtype(3, (96, 96))
    assert made[2].tobytes() == alone[0].tobytes()
    row = table_of(made, ("a", "b", "c")).set_index(["image", "channel"]).loc[(2, "b")]
    assert row[list(MEASURES)].tolist() == list(measure_channel(images[2, 1]))


def test_what_is_seen_of_a_store_is_what_is_seen_of_its_images(tmp_path: Path) -> None:
    screen = whole()
    prepare(screen, tmp_path / "store", look=QualityRecords())
    seen, known = look(screen), look(replace(open_store(tmp_path / "store"), read=never))
    pd.testing.assert_frame_equal(known.measures, seen.measures, check_exact=True)
    np.testing.assert_array_equal(known.alike, seen.alike)
    np.testing.assert_array_equal(known.small, seen.small)
    pd.testing.assert_frame_equal(known.meta, seen.meta, check_categorical=False)


def test_other_pixels_have_no_records(tmp_path: Path) -> None:
    """Rows may be taken and flagged; channels taken out or images resized are others."""
    store = prepare(whole(), tmp_path / "store", look=QualityRecords())
    some = FlagQuality()(replace(store, read=never)).take(np.array([5, 2]))
    records = kept_records(some, np.arange(2))
    assert records is not None
    wanted = QualityRecords()(store.read(np.array([5, 2])))
    assert records.tobytes() == wanted.tobytes()
    assert Resize(factor=0.5)(store).looks is None
    assert store.select(store.channels[:2]).looks is None
