"""Finding: one thing that the pixels of a plate show to be wrong, with the images that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int64

_SHOWN = 6  # images that are named
_NAMED_BY = ("plate", "well", "site", "z", "time", "timepoint", "cell")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the pixels show to be wrong. Nothing is left out because of it.

    Attributes:
        kind: Findings of one kind share it, as `copied channel`.
        what: A sentence, with plate, channel and evidence.
        images: Places of images in `Looks.rows`, the worst first; empty: it is of a whole plate.
        channel: The channel that shows it; empty: all of them.
    """

    kind: str
    what: str
    images: tuple[int, ...] = ()
    channel: str = ""


def places(meta: pd.DataFrame, images: Iterable[int] | Int64[np.ndarray, " n"]) -> str:
    """Return the first images by well, site, time and cell, and how many more there are."""
    found = [int(image) for image in images]
    shown = "; ".join(place(meta, image, "") for image in found[:_SHOWN])
    return f"{shown}; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else shown


def place(meta: pd.DataFrame, image: int, first: str = "plate") -> str:
    """Return where an image is from, in words: its plate only where `first` is `plate`."""
    names = [name for name in _NAMED_BY if name in meta and (first or name != "plate")]
    row = meta.iloc[image]
    return " ".join(str(row[n]) if n in ("plate", "well") else f"{n} {row[n]}" for n in names)
