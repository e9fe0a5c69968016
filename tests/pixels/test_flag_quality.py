"""`flag_quality` adds columns and drops nothing; `where` then leaves images out by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen
from phenolens.pixels.flag_quality import FlagQuality
from phenolens.pixels.where import Where

EMPTY = [4, 6, 7, 18, 19]  # the planted one, and the wells A04: noise on a level plane


@pytest.fixture
def one_empty(tiny_screen: Screen) -> Screen:
    def read(rows: Rows) -> Images:
        images = tiny_screen.read(rows).copy()
        images[rows == 4] = np.random.default_rng(0).poisson(900, images.shape[1:])
        return images

    return replace(tiny_screen, read=read)


def test_flags_are_columns_and_every_image_stays(one_empty: Screen) -> None:
    made = FlagQuality()(one_empty)
    assert len(made) == 24
    assert made.meta.index[made.meta["quality_empty"]].tolist() == EMPTY
    assert "empty" in made.meta.loc[4, "quality"].split("; ")
    assert made.history[0]["facts"]["empty"] == 5


def test_where_leaves_flagged_images_out_and_names_them(one_empty: Screen) -> None:
    made = Where(query="not quality_empty")(FlagQuality()(one_empty))
    assert len(made) == 19
    facts = made.history[1]["facts"]
    assert facts["dropped"] == 5
    assert facts["dropped_first"][0] == "p0 A03 0"


def test_twice_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="has a column 'quality' already"):
        FlagQuality()(FlagQuality()(tiny_screen))
