"""A screen whose images are drawn when they are read."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.screens.brightfield import Brightfield
from phenolens.screens.synthetic import Synthetic


@pytest.mark.parametrize("layout", [Synthetic(size=32), Brightfield(size=32)])
def test_any_row_by_itself_and_from_a_copy(layout: Any) -> None:
    screen = layout(Path())
    assert screen.channels == layout.channels
    together = screen.read(np.array([5, 0, 5]))
    assert together.shape == (3, len(layout.channels), 32, 32)
    np.testing.assert_array_equal(together[0], together[2])
    copy = pickle.loads(pickle.dumps(layout))
    assert copy == layout
    np.testing.assert_array_equal(copy.read(np.array([0]))[0], together[1])
    for row in (-1, len(screen)):
        with pytest.raises(InputError, match=f"no row {row} among {len(screen)} images"):
            layout.read(np.array([row]))
