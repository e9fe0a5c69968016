"""The settings select rows and channels, and refuse what cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.settings import PixelSettings


def test_selects_rows_then_channels_in_the_order_asked_for(tiny_screen: Screen) -> None:
    settings = PixelSettings(where="compound == 'c1' and plate == 'p1'", channels=("Actin", "DNA"))
    chosen = settings.select(tiny_screen)
    rows = np.flatnonzero((tiny_screen.meta["treatment"] == "c1@1.5").to_numpy())[2:]
    assert chosen.channels == ("Actin", "DNA")
    expected = tiny_screen.read(rows)[:, ::-1]
    assert np.array_equal(chosen.read(np.arange(len(chosen))), expected)


def test_selects_all_by_default(tiny_screen: Screen) -> None:
    assert PixelSettings().select(tiny_screen) is tiny_screen


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resize": 0.0}, r"resize must lie in \(0, 4\], got 0.0"),
        ({"resize": 5.0}, "got 5.0"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
    ],
)
def test_refuses_what_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PixelSettings(**settings)


def test_names_the_channel_it_does_not_find(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="no channel 'actin'; did you mean 'Actin'"):
        PixelSettings(channels=("actin",)).select(tiny_screen)
