"""The untrained baseline embeds each model's own screen with an encoder made for it."""

from __future__ import annotations

import numpy as np
from torch import nn

from phenolens.baselines.base import Given
from phenolens.baselines.untrained import Untrained
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen


def test_each_model_sees_its_own_channels(tiny_screen: Screen) -> None:
    made_for: list[tuple[str, ...]] = []

    def new_encoder(screen: Screen) -> nn.Module:
        made_for.append(screen.channels)
        return nn.Identity()

    def embed(_: nn.Module, screen: Screen) -> Profiles:
        features = np.full((len(screen), 1), screen.channels.index(screen.channels[0]) + 1.0)
        return Profiles(meta=screen.meta, features=features)

    designs = {"a": tiny_screen.select(["Actin"]), "b": tiny_screen.select(["DNA"])}
    made = Untrained()(Given(tiny_screen, designs, new_encoder, embed))
    assert list(made) == ["a", "b"]
    assert made_for == [("Actin",), ("DNA",)]
