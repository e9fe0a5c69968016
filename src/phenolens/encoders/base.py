"""Encoder: a network from images of named channels to one vector per image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError


class Encoder(nn.Module, ABC):
    """A network from images of named channels to one vector per image.

    A subclass takes the channel names first and its settings by keyword, calls
    `super().__init__(channels)` and sets `dim`. In evaluation mode the embedding of an image
    depends on nothing but the image.

    `tokens`, `attention` and `maps` are optional: ask `isinstance(encoder, HasTokens)`,
    `HasAttention` or `HasMaps`.

    Attributes:
        channels: Names of the channels of an image, in order.
        dim: Length of the embedding.
    """

    channels: tuple[str, ...]
    dim: int

    def __init__(self, channels: Sequence[str]) -> None:
        super().__init__()
        names = tuple(channels)
        if isinstance(channels, str) or not names or len(set(names)) < len(names):
            raise InputError(
                f"an encoder takes a list of different channel names, got {channels!r}",
                fix="write them as ['DNA', 'Actin']",
            )
        self.channels = names

    @abstractmethod
    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the embeddings.

        Raises:
            InputError: Another number of channels, or images of a size that does not fit.
        """

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range, naming it.

        A recipe calls it before pixels are read, the constructor before it builds anything.

        Args:
            settings: All settings by name, without the channels.
        """
        del settings

    @classmethod
    def settled(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings as a recipe keeps them: with the checksum of a file that they name.

        Args:
            settings: All settings by name, without the channels; they were checked.
        """
        return dict(settings)

    @classmethod
    def located(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings to build it with: a file that they name by its whole path.

        Args:
            settings: As `settled` returns them.
        """
        return dict(settings)

    def described(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings as a model's card keeps them: they build it without other files.

        Args:
            settings: With which it was built.
        """
        return dict(settings)

    @classmethod
    @abstractmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return the smallest encoder of this kind and some images for it: for contract tests."""

    def check_channels(self, x: Float[Tensor, "n c h w"]) -> None:
        """Raise InputError where the images have another number of channels than the encoder."""
        if x.shape[1] != len(self.channels):
            raise InputError(
                f"the encoder takes {len(self.channels)} channels {list(self.channels)}, "
                f"got {x.shape[1]}"
            )


@runtime_checkable
class HasTokens(Protocol):
    """An encoder that sees an image as tokens."""

    def tokens(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n t d"]:
        """Return one vector for the image, which is the embedding, then one per patch."""
        ...


@runtime_checkable
class HasAttention(Protocol):
    """An encoder with attention between tokens: one for the image, then one per patch.

    Attributes:
        patch: Side of a patch in pixels.
    """

    patch: int

    def attention(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n heads t t"]:
        """Return the last layer's attention of each token (row) to each; rows sum to 1."""
        ...

    def attentions(self, x: Float[Tensor, "n c h w"]) -> list[Float[Tensor, "n heads t t"]]:
        """Return the attention of every layer, the last one last."""
        ...


@runtime_checkable
class HasMaps(Protocol):
    """An encoder of convolutions, whose feature maps can be looked at."""

    @property
    def map_widths(self) -> tuple[int, ...]:
        """How many feature maps each layer has, in the order of `maps`."""
        ...

    def maps(self, x: Float[Tensor, "n c h w"]) -> list[Float[Tensor, "n k a b"]]:
        """Return the feature maps of each layer or block, in order, after its activation."""
        ...
