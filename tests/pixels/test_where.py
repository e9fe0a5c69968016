"""`where` keeps what its query selects, and records what it dropped."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.where import Where


def test_it_keeps_the_selected_images_with_their_pixels(tiny_screen: Screen) -> None:
    made = Where(query="compound == 'c1' and plate == 'p1'")(tiny_screen)
    rows = np.flatnonzero((tiny_screen.meta["treatment"] == "c1@1.5").to_numpy())[2:]
    assert np.array_equal(made.read(np.arange(len(made))), tiny_screen.read(rows))
    (entry,) = made.history
    assert (entry["images_in"], entry["images_out"]) == (24, 2)
    assert entry["facts"]["dropped"] == 22
    assert entry["facts"]["dropped_first"][:3] == ["p0 A01 0", "p0 A01 1", "p0 A02 0"]


def test_a_query_that_does_not_fit_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="did you mean 'plate'"):
        Where(query="plat == 'p1'")(tiny_screen)
    with pytest.raises(InputError, match="keeps none of 24"):
        Where(query="plate == 'p9'")(tiny_screen)
