"""What a network of three colours sees of an image of any channels, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_SD = (0.229, 0.224, 0.225)
_SLACK = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenInput:
    """How images of named channels become the inputs of a network of three colours.

    Attributes:
        channels: Names of the channels of an image, in order.
        rgb: Names of three of them, as red, green and blue: one pass per image. Empty: one pass per
            channel, which is given as all three colours, and the embeddings are joined.
        mean: Of the network's training images, in [0, 1], one per colour.
        sd: The same.
        size: Height and width of an input, in pixels.
    """

    channels: tuple[str, ...]
    rgb: tuple[str, ...] = ()
    mean: tuple[float, ...] = IMAGENET_MEAN
    sd: tuple[float, ...] = IMAGENET_SD
    size: int = 224

    def __post_init__(self) -> None:
        if self.rgb and (len(self.rgb) != 3 or not set(self.rgb) <= set(self.channels)):
            raise InputError(
                f"must be three of the channels {list(self.channels)}, got {list(self.rgb)}",
                where="rgb",
                fix="leave it empty for one pass per channel",
            )
        if len(self.mean) != 3 or len(self.sd) != 3 or min(self.sd) <= 0:
            raise InputError(
                "must be three numbers, one per colour, those of sd above 0", where="mean"
            )

    @property
    def passes(self) -> int:
        """Passes through the network per image, whose outputs are joined."""
        return 1 if self.rgb else len(self.channels)

    def __call__(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "m 3 s s"]:
        """Return the network's inputs, image by image, in each channel by channel.

        Resized with antialiasing, then standardized by the network's mean and sd.

        Raises:
            InputError: Pixels are outside of [0, 1].
        """
        if x.numel() and not (x.min() >= -_SLACK and x.max() <= 1 + _SLACK):
            raise InputError(
                f"the network takes pixels in [0, 1], got {x.min():.2f} to {x.max():.2f}",
                fix="set standardize = false in the pixel step rescale",
            )
        if self.rgb:
            colours = x[:, [self.channels.index(name) for name in self.rgb]]
        else:
            colours = x.flatten(0, 1)[:, None].expand(-1, 3, -1, -1)
        if x.shape[2:] != (self.size, self.size):
            colours = torch.nn.functional.interpolate(
                colours, (self.size, self.size), mode="bilinear", antialias=True
            )
        mean, sd = (colours.new_tensor(v).view(3, 1, 1) for v in (self.mean, self.sd))
        return (colours - mean) / sd

    def join(self, outputs: Float[Tensor, "m d"]) -> Float[Tensor, "n k"]:
        """Return one vector per image: those of its passes, one after the other."""
        return outputs.reshape(-1, self.passes * outputs.shape[1])


def three(values: Sequence[float]) -> tuple[float, ...]:
    """Return a statistic of three colours; a single one is that of all."""
    numbers = tuple(float(value) for value in values)
    return numbers * 3 if len(numbers) == 1 else numbers
