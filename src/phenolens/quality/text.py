"""The quality of a screen as text: a table per plate and channel, and the flagged images."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.screen import Screen
from phenolens.quality.flags import KINDS, Thresholds, flags
from phenolens.quality.measured import measure

_SHOWN = 6  # images of each kind
_POINTS = {1: "flatter", -1: "steeper", 0: "says nothing"}
_NAMED_BY = ("plate", "well", "site", "time", "cell")


def quality_text(screen: Screen, threads: int = 2) -> str:
    """Return what `flag_quality` would flag with its defaults; reads every image.

    Raises:
        InputError: An image cannot be read.
    """
    plates = screen.meta["plate"].astype(str)
    measures = measure(screen, threads, slopes=True)
    found, table = flags(measures, plates, Thresholds(), math.prod(screen.size))
    return "\n".join(_lines(screen, found, table))


def _lines(screen: Screen, found: pd.DataFrame, table: pd.DataFrame) -> Iterator[str]:
    flagged = int((found["quality"] != "").sum())
    yield f"quality: {flagged} of {count_of(len(screen), 'image')} flagged, none is left out"
    shown = table.rename(columns={"slope_direction": "sharp = slope"}).assign(
        **{"sharp = slope": table["slope_direction"].map(_POINTS)}
    )
    for name, digits in [("mean", 0), ("sharpness", 4), ("power_slope", 2), ("contrast", 1)]:
        shown[name] = shown[name].map(lambda value, digits=digits: f"{value:.{digits}f}")
    shown["spread"] = shown["spread"].map(lambda value: f"{value:.3f}")
    yield shown.to_string(index=False)
    names = [name for name in _NAMED_BY if name in screen.meta]
    for kind in KINDS:
        rows = found.index[found[f"quality_{kind}"]]
        for row in rows[:_SHOWN]:
            place = " ".join(str(value) for value in screen.meta.loc[row, names])
            yield f"  {kind}: {place}: {found.loc[row, 'quality']}"
        if len(rows) > _SHOWN:
            yield f"  {kind}: ... and {len(rows) - _SHOWN} more"
