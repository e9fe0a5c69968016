"""The pixel step `illumination`: every plate and channel lit evenly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from phenolens.core.errors import InputError
from phenolens.core.ranges import at_least
from phenolens.core.screen import Screen
from phenolens.shading.plate_reader import Estimate, PlateReader
from phenolens.shading.smooth import Smoothing


@dataclass(frozen=True, kw_only=True)
class Illumination:
    """Divide by the illumination of each plate and channel, estimated from many of its images.

    CellProfiler's CorrectIlluminationCalculate and -Apply: an average over the images of a plate,
    smoothed over a large part of the field, scaled to a smallest value of 1, then divided by. These
    images are read once more for it, a few at a time. The functions are stored next to
    the prepared pixels, in `illumination.npz`. A saved model estimates them again on the plates
    that it embeds. Put it first: counts are divided before they are resized.

    BBBC021 and WS-DINO: `average = "background"`, `block = 60`, `smoothing = "median"`,
    `size = 320` for their 1280 x 1024 pixels; these are the values that `size = 0` means there.

    Attributes:
        average: `background`: the smallest count of each block, averaged over the images. It
            follows the empty ground. `regular`: the mean of each pixel; needs images whose cells
            are everywhere in the field alike, and many of them.
        block: Side of a block in pixels, at least 2; of `background` only.
        smoothing: `median` or `gaussian`.
        size: Size of that filter in pixels, as CellProfiler's settings have it (the radius, or
            the standard deviation, is size / 2.35). 0: a quarter of the longer side.
        scale: `minimum`: the smallest value of a function is 1 (robustly, at 2 %), so that no
            count grows. `mean`: its mean is 1; counts above 65,535 are clipped.
        images: From how many images of a plate at most, evenly over its rows (12 or more); 0: from
            all, as CellProfiler.
    """

    average: Literal["regular", "background"] = "regular"
    block: int = 60
    smoothing: Smoothing = "median"
    size: float = 0.0
    scale: Literal["minimum", "mean"] = "minimum"
    images: int = 512

    def __post_init__(self) -> None:
        at_least(2, block=self.block)
        at_least(0, size=self.size, images=self.images)
        if self.images:
            at_least(12, images=self.images)

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of corrected images.

        Raises:
            InputError: Images are crops of cells, it was applied before, or a block is so large
                that it leaves fewer than 2 x 2 of them.
        """
        if screen.level == "cell":
            raise InputError(
                "illumination is a property of fields, and these are crops of cells",
                fix="apply it to the fields before cells are cut out",
            )
        if any(entry["step"] == "illumination" for entry in screen.history):
            raise InputError("the illumination is corrected already", fix="use the step once")
        if self.average == "background" and 2 * self.block > min(screen.size):
            raise InputError(
                f"blocks of {self.block} pixels leave fewer than 2 x 2 in {screen.size[0]} x "
                f"{screen.size[1]}",
                where="block",
                fix="use a smaller one",
            )
        size = self.size or max(screen.size) / 4
        block = self.block if self.average == "background" else 0
        estimate = Estimate(
            block=block, smoothing=self.smoothing, size=size, scale=self.scale, images=self.images
        )
        reader = PlateReader(
            read=screen.read,
            plates=tuple(screen.meta["plate"].astype(str)),
            channels=screen.channels,
            size=screen.size,
            estimate=estimate,
            files=screen.identify,
            lenient=screen.left_out is not None,
        )
        corrected = replace(
            screen,
            read=reader,
            identify=None if screen.identify is None else reader.identify,
            learned=(*screen.learned, reader),
        )
        return screen.after(self, corrected, filter_size=size)

    @classmethod
    def example(cls, screen: Screen) -> Illumination:
        """Return the step with blocks of an eighth of the shorter side."""
        return cls(block=max(2, min(screen.size) // 8))
