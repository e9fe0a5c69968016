"""The pixel step `flag_quality`: columns that say which images are blurred, saturated or empty."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.remember import remembered
from phenolens.core.screen import Screen
from phenolens.quality.flags import KINDS, Thresholds, flags
from phenolens.quality.measured import measure


@dataclass(frozen=True, kw_only=True)
class FlagQuality(Thresholds):
    """Flag blurred, saturated, empty, dirty and oddly lit images; drop none.

    Adds the columns `quality_blurred`, `quality_saturated`, `quality_empty`, `quality_debris` and
    `quality_light`, and `quality`, the same in words with the channels. Limits are robust and per
    plate and channel (`quality.flags`). A step `where` after it leaves images out, counted and
    named: `query = "not quality_empty"`. Reads every image when a run starts, also one that is
    continued. It is not replayed when a saved model embeds another screen.

    Attributes:
        width: How far a measure may be from the median of its plate and channel, in sd of a normal
            distribution, by the median absolute deviation.
        saturated: The part of pixels that may have the highest count of the plate and channel;
            fewer than 5 are not flagged.
        contrast: Below it an image is empty, if it is in every channel: structure in units of
            camera noise.
    """

    lazy: ClassVar[bool] = False
    replayed: ClassVar[bool] = False

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen with the flags as columns; the history counts them.

        Raises:
            InputError: An image cannot be read, or the screen has such columns already.
        """
        if "quality" in screen.meta:
            raise InputError("the table has a column 'quality' already", fix="use the step once")
        measures = remembered(screen, "quality", partial(measure, screen))
        plates, pixels = screen.meta["plate"].astype(str), math.prod(screen.size)
        found, _ = flags(measures, plates, self, pixels)
        meta = pd.concat([screen.meta, found], axis=1)
        counts = {kind: int(found[f"quality_{kind}"].sum()) for kind in KINDS}
        return screen.after(self, replace(screen, meta=meta), **counts)

    @classmethod
    def example(cls, screen: Screen) -> FlagQuality:  # noqa: ARG003
        """Return the step with its defaults."""
        return cls()
