"""What a baseline is: profiles that a learned representation must exceed to be worth its cost.

A baseline is one file in this room: a frozen dataclass that can be made without settings, and whose
call returns profiles, one row per image or tile. Several models of one baseline are put side by
side. The recipe's steps and metrics are then applied to them as to the result.

    @dataclass(frozen=True, kw_only=True)
    class Brightness:
        \"\"\"Mean counts per image: what a score owes to brightness alone.\"\"\"

        title: ClassVar[str] = "mean counts"
        uses_encoder: ClassVar[bool] = False

        def __call__(self, given: Given) -> Mapping[str, Profiles]: ...

Class attributes:
    title: How reports name it.
    measures: The names of its features, where they are figures of an image that steps may use:
        `measured = ["brightness"]` in a recipe makes them columns of the metadata of every row.
        None unless given; such a baseline has one model and one row per image.
    uses_encoder: Whether it calls `new_encoder` or `embed`. If not, another encoder, seed or other
        tiles do not make it anew, and calling them is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What a baseline is made of.

    Attributes:
        screen: The prepared pixels, all channels; raw counts.
        designs: Model -> the screen that it sees: all channels, or one channel per model.
        new_encoder: Screen -> the recipe's encoder for its channels, with random weights.
        embed: (encoder, screen) -> its embeddings, one row per tile, as the result's are made.
    """

    screen: Screen
    designs: Mapping[str, Screen]
    new_encoder: Callable[[Screen], nn.Module]
    embed: Callable[[nn.Module, Screen], Profiles]


@runtime_checkable
class Baseline(Protocol):
    """Pixels in, profiles out; nothing is learned."""

    title: ClassVar[str]
    uses_encoder: ClassVar[bool]

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return its profiles by model."""
        ...
