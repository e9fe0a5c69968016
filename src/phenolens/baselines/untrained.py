"""The baseline of the untrained encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from phenolens.baselines.base import Given
from phenolens.core.profiles import Profiles


@dataclass(frozen=True, kw_only=True)
class Untrained:
    """The recipe's encoder with random weights: what the network's shape gives without learning."""

    title: ClassVar[str] = "untrained encoder"
    uses_encoder: ClassVar[bool] = True

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return the embeddings of each model's encoder before training."""
        return {
            model: given.embed(given.new_encoder(screen), screen)
            for model, screen in given.designs.items()
        }
