"""A small convolutional network: what two cores can train in minutes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError


class ConvNet(nn.Module):
    """Small convolutional network: blocks of 3x3 convolutions, halved, averaged at the end.

    For screens and machines too small for a vision transformer from random weights. Its shape is
    that of Perakis et al. (2021)'s small baseline (convolution, ReLU, pooling, four times, then a
    global mean), with group normalisation: what one image becomes does not depend
    on the others of its step.

    Attributes:
        dim: Length of the embedding: the last width.
        least: Smallest side of an image.
    """

    def __init__(
        self,
        channels: int,
        *,
        widths: tuple[int, ...] = (32, 64, 128, 256),
        per_block: int = 1,
        stem: int = 1,
    ) -> None:
        """Build the blocks.

        Args:
            channels: Channels of an image.
            widths: Feature maps of each block; each halves height and width.
            per_block: Convolutions a block.
            stem: Stride of a first convolution; 2 makes all that follows four times cheaper.
        """
        super().__init__()
        if not widths or min(*widths, per_block, channels, stem) < 1:
            raise InputError(
                f"widths {list(widths)}, per_block {per_block}, stem {stem} and channels "
                f"{channels} must be at least 1"
            )
        self.channels = channels
        self.dim = widths[-1]
        self.least = stem * 2 ** len(widths)
        self.stem: nn.Module = nn.Identity()
        first = channels
        if stem > 1:
            first = widths[0]
            self.stem = nn.Conv2d(channels, first, 2 * stem, stride=stem, padding=stem // 2)
        self.blocks = nn.ModuleList(
            _block(before, width, per_block)
            for before, width in zip((first, *widths[:-1]), widths, strict=True)
        )
        # Channels last is what CPUs and tensor cores convolve fastest.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the mean of the last feature maps.

        Raises:
            InputError: Other channels than the encoder's, or an image too small to halve so often.
        """
        if x.shape[1] != self.channels:
            raise InputError(f"the encoder takes {self.channels} channels, got {x.shape[1]}")
        height, width = x.shape[2:]
        if min(height, width) < self.least:
            raise InputError(
                f"images of {height} x {width} are too small for {len(self.blocks)} blocks",
                fix=f"use at least {self.least} pixels",
            )
        x = self.stem(x.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            x = block(x)
        return x.mean((2, 3))


def _block(before: int, width: int, convolutions: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for i in range(convolutions):
        layers += [
            nn.Conv2d(before if i == 0 else width, width, 3, padding=1, bias=False),
            nn.GroupNorm(8 if width % 8 == 0 else 1, width),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.MaxPool2d(2))
