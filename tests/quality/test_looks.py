"""One pass: measures as `measure` has them, correlations, small pictures, and a spread sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.quality.kit import whole

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, UnreadableImage
from phenolens.quality import looks
from phenolens.quality.looks import look
from phenolens.quality.measure import MEASURES
from phenolens.quality.measured import measure


def test_measures_are_those_of_check_and_the_rest_is_of_the_same_pixels() -> None:
    screen = whole()
    seen = look(screen)
    names = list(MEASURES)
    known = measure(screen)[names]
    pd.testing.assert_frame_equal(seen.measures[names], known, check_like=True)
    image = screen.read(np.array([7]))[0].astype(np.float64)
    by_hand = np.corrcoef(image.reshape(3, -1))
    np.testing.assert_allclose(seen.alike[7], by_hand, atol=1e-5)
    blocks = image[0].copy()
    np.testing.assert_allclose(seen.small[7, 0], blocks, atol=0.5)
    assert seen.table("lowest")[7].tolist() == image.min(axis=(1, 2)).tolist()


def test_of_a_large_screen_every_well_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = whole()
    wells = len(screen)
    meta = screen.meta.loc[screen.meta.index.repeat(4)].reset_index(drop=True)
    screen = replace(screen, meta=meta, read=lambda rows: whole().read(rows // 4))
    monkeypatch.setattr(looks, "_PIXELS", 2 * wells * 3 * 96 * 96)
    seen = look(screen)
    assert seen.of == 4 * wells
    assert (seen.meta.groupby(["plate", "well"], observed=True).size() == 2).all()
    monkeypatch.setattr(looks, "_PIXELS", 1)
    assert len(look(screen).rows) == wells


def test_an_image_that_cannot_be_read_has_no_row_where_it_may_be_left_out() -> None:
    def read(rows: Rows) -> Images:
        if 3 in rows:
            raise UnreadableImage("is damaged")
        return whole().read(rows)

    assert 3 not in look(replace(whole(), read=read, left_out=())).measures["image"].to_numpy()
    with pytest.raises(InputError, match="is damaged"):
        look(replace(whole(), read=read))
