"""`select_channels` keeps channels in the order given."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.select_channels import SelectChannels


def test_channels_come_in_the_order_given(tiny_screen: Screen) -> None:
    made = SelectChannels(channels=("Actin", "DNA"))(tiny_screen)
    rows = np.arange(3)
    assert made.channels == ("Actin", "DNA")
    assert np.array_equal(made.read(rows), tiny_screen.read(rows)[:, ::-1])
    assert made.history[0]["facts"] == {"dropped_channels": []}


def test_dropped_channels_are_named(tiny_screen: Screen) -> None:
    made = SelectChannels(channels=("Actin",))(tiny_screen)
    assert made.history[0]["facts"] == {"dropped_channels": ["DNA"]}


def test_it_names_the_channel_it_does_not_find(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="no channel 'actin'; did you mean 'Actin'"):
        SelectChannels(channels=("actin",))(tiny_screen)


@pytest.mark.parametrize("channels", [(), ("DNA", "DNA")])
def test_each_channel_is_named_once(channels: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="channels: each must be named once"):
        SelectChannels(channels=channels)
