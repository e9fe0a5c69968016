"""The pixel step `resize`: images of another size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from phenolens.core.errors import InputError
from phenolens.core.ranges import above
from phenolens.core.screen import Images, Read, Rows, Screen


@dataclass(frozen=True, kw_only=True)
class Resize:
    """Change height and width by a factor; pixels are averaged by area (WS-DINO: 0.5).

    Averages are rounded to whole counts. Sides are rounded to whole pixels.

    Attributes:
        factor: On height and width, above 0 and at most 4; above 1 pixels are repeated.
    """

    factor: float

    def __post_init__(self) -> None:
        above(0, 4, factor=self.factor)

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of resized images.

        Raises:
            InputError: A side would have no pixel left.
        """
        height, width = (round(side * self.factor) for side in screen.size)
        if not (height and width):
            raise InputError(
                f"factor {self.factor} leaves no pixel of {screen.size[0]} x {screen.size[1]}",
                fix="use a larger one",
            )
        resized = replace(
            screen,
            read=partial(_read_resized, screen.read, (height, width)),
            size=(height, width),
            pixel_size=screen.pixel_size / self.factor if screen.pixel_size else None,
        )
        return screen.after(self, resized, size_in=screen.size, size_out=resized.size)

    @classmethod
    def example(cls, screen: Screen) -> Resize:  # noqa: ARG003
        """Return the step that halves both sides."""
        return cls(factor=0.5)


def _read_resized(read: Read, size: tuple[int, int], rows: Rows) -> Images:
    """Return the images of these rows, averaged by area to (height, width)."""
    images = read(rows)
    if images.shape[2:] == size:
        return images
    real = torch.from_numpy(images.astype(np.float32))
    real = torch.nn.functional.interpolate(real, size=size, mode="area")
    return real.round_().clamp_(0, 65535).numpy().astype(np.uint16)
