"""Flags: which images are blurred, saturated, empty, dirty or oddly lit; nothing is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.ranges import above, between
from phenolens.quality.thresholds import below_gap, direction, far

KINDS = ("blurred", "saturated", "empty", "debris", "light")
_SHOWN = ("mean", "sharpness", "power_slope", "contrast", "spread")
_FACTOR = np.log(1.5)  # nearer to the plate's median than this is nothing to flag
_SAME_TOP = 0.98  # of a camera that saturates: an offset may have been taken off since
_LEAST_SATURATED = 5  # pixels: of a tiny image the one brightest is more than any part
_OBJECT = np.log(4.0)  # how much more light than the plate's brightest objects debris has


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a measure is flagged.

    Attributes:
        width: How far a measure may be from the median of its plate and channel, in sd of a normal
            distribution, by the median absolute deviation.
        saturated: The part of pixels that may have the highest count of the plate and channel;
            fewer than 5 are not flagged.
        contrast: Below it an image is empty, if it is in every channel: structure in units of
            camera noise.
    """

    width: float = 5.0
    saturated: float = 0.001
    contrast: float = 1.0

    def __post_init__(self) -> None:
        above(0, width=self.width, contrast=self.contrast)
        between(0, 1, saturated=self.saturated)


def flags(
    measures: pd.DataFrame, plates: pd.Series, thresholds: Thresholds, pixels: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the flags of every image, and what was found per plate and channel.

    blurred: sharpness far below the plate's, or below a gap between two groups of images
    (`thresholds.below_gap`); empty images are not judged. saturated: many pixels at one count,
    5 at least, which is the plate's highest to 2 %.
    empty: no structure above the camera noise in any channel. debris: an object with far more light
    than the brightest ones of other images. light: mean or unevenness far from the plate's.

    Args:
        measures: As `measure` returns them.
        plates: Plate of every image, by its row.
        thresholds: When to flag.
        pixels: Of a channel of an image.

    Returns:
        One row per image: a column `quality_<kind>` (bool) for each of `KINDS`, and `quality`, the
        kinds with the channels that show them, as `blurred (DNA, ER)`; empty where there is none.
        And one row per plate and channel: images, medians of the measures, how many are flagged by
        kind; and `slope_direction` (`thresholds.direction`) where slopes were measured.
    """
    made = measures.assign(plate=plates.loc[measures["image"]].to_numpy())
    made["empty"] = _empty(made, thresholds.contrast)
    rows = []
    for (plate, channel), part in made.groupby(["plate", "channel"], observed=True, sort=True):
        found = _of_channel(part, thresholds, pixels)
        for kind, which in found.items():
            made.loc[part.index, kind] = which
        medians = part[[name for name in _SHOWN if name in part]].median()
        rows.append(
            {
                "plate": plate,
                "channel": channel,
                "images": len(part),
                **medians.to_dict(),
                **{kind: int(which.sum()) for kind, which in found.items()},
                "empty": int(part["empty"].sum()),
                **_slope(part),
            }
        )
    return _per_image(made, len(plates)), pd.DataFrame(rows)


def _empty(made: pd.DataFrame, contrast: float) -> pd.Series:
    """Return which images have no structure in any channel, once per row of the measures."""
    best = made.groupby("image", observed=True)["contrast"].transform("max")
    return best < contrast


def _of_channel(
    part: pd.DataFrame, thresholds: Thresholds, pixels: int
) -> Mapping[str, Bool[np.ndarray, " n"]]:
    """Return the flags of the images of one plate and channel, but for emptiness."""
    empty = part["empty"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, sharp, bright, spread = np.log(
            part[["mean", "sharpness", "brightest", "spread"]].to_numpy(np.float64).T
        )
    judged = np.where(empty, np.nan, sharp)
    highest, at_highest = _columns(part, "highest", "at_highest")
    width = thresholds.width
    dim, glaring = far(np.where(empty, np.nan, mean), width, _FACTOR)
    return {
        "blurred": far(judged, width, _FACTOR)[0] | below_gap(judged),
        "saturated": (highest >= _SAME_TOP * np.nanmax(highest, initial=0.0))
        & (at_highest > thresholds.saturated)
        & (np.rint(at_highest * pixels) >= _LEAST_SATURATED)
        & ~empty,
        "debris": far(bright, width, _OBJECT)[1],
        "light": dim | glaring | far(np.where(empty, np.nan, spread), width, _FACTOR)[1],
    }


def _slope(part: pd.DataFrame) -> dict[str, int]:
    if "power_slope" not in part:
        return {}
    return {"slope_direction": direction(*_columns(part, "power_slope", "sharpness"))}


def _columns(part: pd.DataFrame, *names: str) -> list[np.ndarray]:
    return [part[name].to_numpy(np.float64) for name in names]


def _per_image(made: pd.DataFrame, images: int) -> pd.DataFrame:
    """Return one row per image, in the order of images."""
    result = pd.DataFrame(index=pd.RangeIndex(images))
    words: list[list[str]] = [[] for _ in range(images)]
    for kind in KINDS:
        hit = made[made[kind].astype(bool)]
        flagged = hit.groupby("image", observed=True, sort=True)["channel"].agg(", ".join)
        result[f"quality_{kind}"] = result.index.isin(flagged.index)
        for image, channels in flagged.items():
            words[int(image)].append(kind if kind == "empty" else f"{kind} ({channels})")
    result["quality"] = ["; ".join(found) for found in words]
    return result
