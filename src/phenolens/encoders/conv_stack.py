"""The convolutional encoder of Dmitrenko et al.: its embedding is the last feature maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.encoders.base import Encoder

HALVINGS = 2
MOST_LAYERS = 16
WIDEST = 2**12  # feature maps
LARGEST = 2**12  # pixels on a side


class ConvStack(Encoder):
    """Convolutional encoder of Dmitrenko et al. (2022): its embedding is the last feature maps.

    Convolutions of 3 x 3 pixels, each but the last followed by ReLU; the first two are followed by
    max pooling over 2 x 2 pixels. The maps of the last one, flattened, are the embedding, so it
    keeps where in the image something is. With the default settings and one channel it is the
    encoder of arXiv 2203.04107 (24,888 parameters, 2048 numbers per image); with
    `widths = [128, 64, 32, 4]` and `size = 128` that of arXiv 2203.04289 (94,692 parameters, 4096
    numbers). `networks/conv_stack_decoder.py` is the way back.

    Parameters are named `layers.<place>.weight` and `.bias`, with the places of the released
    weights.

    Attributes:
        dim: Length of the embedding: last width x (size / 4) x (size / 4).
        size: Height and width of an image, in pixels.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        widths: tuple[int, ...] = (64, 32, 16, 8),
        size: int = 64,
    ) -> None:
        """Build the layers.

        Args:
            channels: Names of the channels of an image, in order.
            widths: Feature maps of each convolution; at least three.
            size: Height and width of an image in pixels, a multiple of 4.
        """
        super().__init__(channels)
        self.check({"widths": widths, "size": size})
        self.size = size
        self.dim = widths[-1] * (size // 2**HALVINGS) ** 2
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise((len(self.channels), *widths))):
            layers.append(nn.Conv2d(before, after, 3, padding=1))
            if i < len(widths) - 1:
                layers.append(nn.ReLU(inplace=True))
            if i < HALVINGS:
                layers.append(nn.MaxPool2d(2))
        self.layers = nn.Sequential(*layers)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        widths, size = settings["widths"], settings["size"]
        if not HALVINGS < len(widths) <= MOST_LAYERS:
            raise InputError(f"must be from 3 to {MOST_LAYERS} numbers", where="widths")
        for width in widths:
            between(1, WIDEST, widths=width)
        between(4, LARGEST, size=size)
        if size % 2**HALVINGS:
            raise InputError(f"must be a multiple of 4, got {size}", where="size")

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the last feature maps, flattened: map by map, row by row.

        Raises:
            InputError: Another number of channels, or images of another size.
        """
        self._check_size(x)
        maps: Tensor = self.layers(x)
        return maps.flatten(1)

    @property
    def map_widths(self) -> tuple[int, ...]:
        """How many feature maps each convolution has."""
        return tuple(m.out_channels for m in self.layers if isinstance(m, nn.Conv2d))

    def maps(self, x: Float[Tensor, "n c h w"]) -> list[Float[Tensor, "n k a b"]]:
        """Return the maps of each convolution after its ReLU, before pooling; the last has no ReLU.

        Raises:
            InputError: As `forward`.
        """
        self._check_size(x)
        kept: list[Tensor] = []
        for layer in self.layers:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                kept.append(x)
        return [*kept, x]

    def _check_size(self, x: Float[Tensor, "n c h w"]) -> None:
        self.check_channels(x)
        if x.shape[2:] != (self.size, self.size):
            raise InputError(
                f"the encoder takes images of {self.size} x {self.size} pixels, got "
                f"{x.shape[2]} x {x.shape[3]}",
                fix=f"resize or crop them, or build it with size = {x.shape[2]}",
            )

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return a narrow stack on two channels, and images."""
        images = torch.rand(4, 2, 16, 16, generator=torch.Generator().manual_seed(0))
        return cls(("DNA", "Actin"), widths=(8, 6, 4), size=16), images
