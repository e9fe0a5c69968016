"""A small convolutional network that two cores can train in minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.encoders.base import Encoder

MOST_BLOCKS = 16  # each halves the image
WIDEST = 2**14  # feature maps: more than any machine can convolve


class ConvNet(Encoder):
    """Small convolutional network: blocks of 3x3 convolutions, each halving the image; then a mean.

    For screens and machines too small to train a vision transformer from random weights. Its shape
    is that of the small baseline of Perakis et al. (2021): convolution, ReLU and pooling, four
    times, then a global mean. Normalisation is by group, so the embedding of an image does not
    depend on the other images of its step.

    Attributes:
        dim: Length of the embedding: the last width.
        least: Smallest side of an image, in pixels.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        widths: tuple[int, ...] = (32, 64, 128, 256),
        per_block: int = 1,
        stem: int = 1,
    ) -> None:
        """Build the blocks.

        Args:
            channels: Names of the channels of an image, in order.
            widths: Feature maps of each block; each block halves height and width.
            per_block: Convolutions per block.
            stem: Stride of a first convolution; 2 makes everything after it four times cheaper.
        """
        super().__init__(channels)
        self.check({"widths": widths, "per_block": per_block, "stem": stem})
        self.dim, self._widths = widths[-1], tuple(widths)
        self.least = stem * 2 ** len(widths)
        self.stem: nn.Module = nn.Identity()
        first = len(self.channels)
        if stem > 1:
            first = widths[0]
            self.stem = nn.Conv2d(
                len(self.channels), first, 2 * stem, stride=stem, padding=stem // 2
            )
        self.blocks = nn.ModuleList(
            _block(before, width, per_block)
            for before, width in zip((first, *widths[:-1]), widths, strict=True)
        )
        # CPUs and tensor cores convolve channels-last memory fastest.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        widths = settings["widths"]
        if not 1 <= len(widths) <= MOST_BLOCKS:
            raise InputError(f"must be from 1 to {MOST_BLOCKS} numbers", where="widths")
        for width in widths:
            between(1, WIDEST, widths=width)
        between(1, 64, per_block=settings["per_block"], stem=settings["stem"])

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the mean of the last feature maps.

        Raises:
            InputError: Another number of channels, or images too small to be halved so often.
        """
        return self.maps(x)[-1].mean((2, 3))

    @property
    def map_widths(self) -> tuple[int, ...]:
        """How many feature maps each block has."""
        return self._widths

    def maps(self, x: Float[Tensor, "n c h w"]) -> list[Float[Tensor, "n k a b"]]:
        """Return the maps of each block, after pooling.

        Raises:
            InputError: As `forward`.
        """
        self.check_channels(x)
        height, width = x.shape[2:]
        if min(height, width) < self.least:
            raise InputError(
                f"images of {height} x {width} are too small for {len(self.blocks)} blocks",
                fix=f"use at least {self.least} pixels",
            )
        x = self.stem(x.contiguous(memory_format=torch.channels_last))
        kept = []
        for block in self.blocks:
            x = block(x)
            kept.append(x)
        return kept

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return two blocks on two channels, and images."""
        images = torch.rand(4, 2, 32, 32, generator=torch.Generator().manual_seed(0))
        return cls(("DNA", "Actin"), widths=(8, 16)), images


def _block(before: int, width: int, convolutions: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for i in range(convolutions):
        layers += [
            nn.Conv2d(before if i == 0 else width, width, 3, padding=1, bias=False),
            nn.GroupNorm(8 if width % 8 == 0 else 1, width),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.MaxPool2d(2))
