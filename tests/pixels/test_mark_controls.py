"""Negative controls by a code of the table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.mark_controls import MarkControls


def test_controls_are_those_of_the_query_and_pixels_stay(tiny_screen: Screen) -> None:
    codes = np.where(np.arange(len(tiny_screen)) % 3 == 0, "-1", "0")
    screen = replace(tiny_screen, meta=tiny_screen.meta.assign(SBS_Controls=codes))
    made = MarkControls(query="SBS_Controls == '-1'")(screen)
    assert made.meta["control"].tolist() == (codes == "-1").tolist()
    assert made.history[-1]["facts"] == {"controls": int((codes == "-1").sum())}
    assert np.array_equal(made.read(np.array([0, 1])), screen.read(np.array([0, 1])))
    with pytest.raises(InputError, match="SBS_Control"):
        MarkControls(query="SBS_Control == '-1'")(screen)
