"""All that the pixels of a screen show to be wrong, from one pass; nothing is left out for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from phenolens.quality.copies import copies
from phenolens.quality.finding import Finding, places
from phenolens.quality.flags import Thresholds, flags
from phenolens.quality.looks import Looks
from phenolens.quality.rotated import rotated
from phenolens.quality.swapped import swapped

EMPTY = "empty well"
_WORDS = {"light": "odd light"}
# Kind -> the measure by which its images are sorted, and whether high is bad.
_WORST = {
    "blurred": ("sharpness", False),
    "saturated": ("at_highest", True),
    "debris": ("brightest", True),
    "light": ("spread", True),
}


def findings(looks: Looks, thresholds: Thresholds | None = None) -> list[Finding]:
    """Return what the pixels show to be wrong, by kind.

    Constant planes, copied channels, images with the same pixels (`quality.copies`); swapped
    channels; rotated plates; empty wells: all images of one that were looked at have no structure
    in any channel; and blurred, saturated, dirty and oddly lit images, with the rules of the pixel
    step `flag_quality`.

    Args:
        looks: One pass over the screen.
        thresholds: Of these rules.
    """
    rules, pixels = thresholds or Thresholds(), math.prod(looks.size)
    found, _ = flags(_of_content(looks.measures), looks.plates, rules, pixels)
    return [
        *rotated(looks),
        *swapped(looks),
        *copies(looks),
        *_empty_wells(looks, found["quality_empty"].to_numpy(dtype=bool)),
        *_images(looks, found),
    ]


def _of_content(measures: pd.DataFrame) -> pd.DataFrame:
    """Return measures without constant planes, which are named as such; empty images stay."""
    constant = measures["lowest"] == measures["highest"]
    all_are = constant.groupby(measures["image"], observed=True).transform("all")
    return measures[~constant | all_are].reset_index(drop=True)


def _empty_wells(looks: Looks, empty: np.ndarray) -> Iterator[Finding]:
    known = np.isin(np.arange(len(looks.meta)), looks.measures["image"])
    by = looks.meta[known].assign(empty=empty[known]).groupby(["plate", "well"], observed=True)
    wells = by["empty"].all()
    for plate, part in wells[wells].groupby(level="plate", observed=True):
        names = [str(well) for _, well in part.index]
        its = (looks.plates == str(plate)) & looks.meta["well"].astype(str).isin(names)
        shown = ", ".join(names[:12]) + f" and {len(names) - 12} more" * (len(names) > 12)
        what = f"plate {plate}: wells that show nothing in any channel ({len(names)}): {shown}"
        yield Finding(EMPTY, what, tuple(np.flatnonzero(its & empty).tolist()))


def _images(looks: Looks, found: pd.DataFrame) -> Iterator[Finding]:
    """Yield what `flag_quality` flags, once per kind and plate."""
    values = {name: looks.table(name) for name, _ in _WORST.values()}
    for kind, (measure, high) in _WORST.items():
        rows = np.flatnonzero(found[f"quality_{kind}"])
        for plate, part in pd.Series(rows).groupby(
            looks.plates.iloc[rows].to_numpy(), observed=True
        ):
            channels = _channels(found["quality"].iloc[part], kind, looks.channels)
            at = [looks.channels.index(channel) for channel in channels]
            worst = values[measure][np.ix_(part.to_numpy(), at)].astype(np.float64)
            score = np.nanmax(worst, axis=1) if high else -np.nanmin(worst, axis=1)
            images = part.to_numpy()[np.argsort(-score, kind="stable")]
            what = (
                f"plate {plate}: {len(images)} of {int((looks.plates == plate).sum())} images, in "
                f"{', '.join(channels)}: {places(looks.meta, images)}"
            )
            yield Finding(_WORDS.get(kind, kind), what, tuple(images.tolist()), channels[0])


def _channels(words: pd.Series, kind: str, channels: Sequence[str]) -> list[str]:
    """Return the channels that a kind is flagged in, the most frequent first."""
    text = [part for word in words for part in word.split("; ") if part.startswith(f"{kind} (")]
    inside = [part[len(kind) + 2 : -1].split(", ") for part in text]
    counts = {channel: sum(channel in each for each in inside) for channel in channels}
    found = sorted((c for c in channels if counts[c]), key=lambda c: -counts[c])
    return found or list(channels)
