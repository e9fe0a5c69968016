"""A planted texture is lost to a blur as fine as itself; a planted level is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.explanations.conftest import channel_screen, subject_of

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.explanations.blur_knock_out import BlurKnockOut, half_lost


def textured() -> Screen:
    """Return a screen of 16 px whose drug adds a checkerboard of single pixels to `Actin`."""
    one = channel_screen()
    rng = np.random.default_rng(1)
    pixels = rng.normal(1000, 30, size=(len(one.meta), 2, 16, 16))
    pixels += rng.normal(0, 40, size=(len(one.meta), 2, 1, 1))
    drug = (one.meta["treatment"] == "actin drug").to_numpy()
    pixels[drug, 1] += 150 * (np.indices((16, 16)).sum(axis=0) % 2 * 2 - 1)
    made = pixels.astype(np.uint16)
    return replace(one, read=lambda rows: made[rows], size=(16, 16))


def test_a_fine_texture_is_gone_at_once() -> None:
    made = BlurKnockOut(sigmas=(1.0, 4.0), most=99)(subject_of(textured()))
    rows = made.rows[made.rows["treatment"] == "actin drug"].set_index("blur")
    assert rows.loc[1.0, "lost"] > 0.9
    assert rows["scale"].iloc[0] < 1
    assert made.trusted


def test_a_level_is_left_by_any_blur() -> None:
    made = BlurKnockOut(sigmas=(1.0, 8.0), most=99)(subject_of(channel_screen()))
    rows = made.rows[made.rows["treatment"] == "actin drug"].set_index("blur")
    assert rows["lost"].abs().max() < 0.15
    assert rows["scale"].iloc[0] == np.inf
    assert set(made.figures) == {"lost_1", "lost_8"}


def test_the_scale_is_where_half_is_lost() -> None:
    assert half_lost((1.0, 2.0, 4.0), np.array([0.1, 0.2, 0.8])) == pytest.approx(3.0)
    assert half_lost((2.0,), np.array([1.0])) == pytest.approx(1.0)
    assert np.isnan(half_lost((1.0,), np.array([np.nan])))


def test_blurs_that_are_not_ascending_are_refused() -> None:
    with pytest.raises(InputError, match="sigmas: must be different numbers, ascending"):
        BlurKnockOut(sigmas=(2.0, 1.0))
    with pytest.raises(InputError, match="sigmas"):
        BlurKnockOut(sigmas=(0.0, 1.0))


def test_blurs_that_would_have_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="six digits"):
        BlurKnockOut(sigmas=(1.0, 1.00000001))
