"""Channels that look swapped: those of one plate fit others of the other plates better."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from scipy.optimize import linear_sum_assignment

from phenolens.quality.finding import Finding
from phenolens.quality.looks import Looks

SWAPPED = "swapped channels"
_FLOOR = 0.1  # of a measure: plates differ by this much, however alike the others are
_BETTER = 3.0  # times nearer to the channels that they fit, in squared distance
_EACH = 1.5  # the same, of each moved channel
_TOLD_APART = 0.75  # of the other plates, whose channels fit their own best
_SCALES = (2, 4)  # blocks of a small picture's pixels


def swapped(looks: Looks) -> Iterator[Finding]:
    """Yield plates whose channels look swapped, with the evidence.

    Of each plate and channel the medians over images of eight measures (`_of_images`) are compared
    with the medians of the other plates, in units of what these plates differ by. The channels of a
    plate look swapped where the best match (Hungarian algorithm) is another one, the moved channels
    together are three times nearer (squared) to those that they are matched with, and each is 1.5
    times nearer. No swap is reported where the channels of the other plates look alike: three
    quarters of them must fit their own channels best. With two plates it cannot be known which of
    them is wrong.
    """
    table = _of_plates(looks)
    if len(table) < 2 or len(looks.channels) < 2:
        return
    plates = list(table)
    for plate in plates[:1] if len(plates) == 2 else plates:
        distance, match = _matched(table, plate)
        if _clearly(distance, match) and _told_apart(table, plate):
            what = _words(plate, plates, looks.channels, distance, match)
            shown = (plate, next(other for other in plates if other != plate))
            images = tuple(_middle(looks, each) for each in shown)
            yield Finding(SWAPPED, what, images, looks.channels[int(_moved(match)[0])])


def _middle(looks: Looks, plate: str) -> int:
    rows = np.flatnonzero(looks.plates == plate)
    return int(rows[len(rows) // 2])


def _told_apart(table: dict[str, Float64[np.ndarray, "c m"]], plate: str) -> bool:
    """Return whether most other plates, without this one, fit their own channels best."""
    others = {other: values for other, values in table.items() if other != plate}
    if len(others) == 1:
        return True
    return bool(np.mean([not len(_moved(_matched(others, p)[1])) for p in others]) >= _TOLD_APART)


def _of_plates(looks: Looks) -> dict[str, Float64[np.ndarray, "c measure"]]:
    """Return the measures of every plate; without plates of which a channel has none."""
    values, plates = _of_images(looks), looks.plates.to_numpy()
    found = {}
    for plate in pd.unique(plates):
        one = values[plates == plate]
        if np.isfinite(one).any(axis=0).all():  # a constant channel is flagged as such
            found[str(plate)] = np.nanmedian(one, axis=0)
    return found


def _of_images(looks: Looks) -> Float64[np.ndarray, "n c measure"]:
    """Return what tells channels apart, of every image: the light and the forms in it.

    Of the small picture: skewness (as asinh), four times the part brighter than half way from its
    5th to its 99th percentile, how its sd falls when 2 x 2 and 4 x 4 pixels are averaged (logs,
    times 3 and 2), and its sd in the mean (log). Of the image, as logs: sharpness in units of that,
    mean count, highest count in the mean.
    """
    small = looks.small.astype(np.float64)
    flat = small.reshape(*small.shape[:2], -1)
    low, high = np.percentile(flat, [5, 99], axis=-1)[..., None]
    bright = (flat - low > (high - low) / 2).mean(axis=-1)
    mean, sharp, highest = (
        looks.table(name).astype(np.float64) for name in ("mean", "sharpness", "highest")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = [np.log(flat.std(axis=-1)), *(_log_sd(small, side) for side in _SCALES)]
        third = ((flat - flat.mean(axis=-1, keepdims=True)) ** 3).mean(axis=-1)
        relative = sd[0] - np.log(flat.mean(axis=-1))
        made = [
            np.arcsinh(third / np.exp(3 * sd[0])),
            4 * bright,
            3 * (sd[1] - sd[0]),
            2 * (sd[2] - sd[1]),
            relative,
            np.log(sharp) - relative,
            np.log(mean),
            np.log(highest / mean),
        ]
    values = np.stack(made, axis=-1)
    return np.where(np.isfinite(values).all(axis=-1, keepdims=True), values, np.nan)


def _log_sd(small: Float64[np.ndarray, "n c h w"], side: int) -> Float64[np.ndarray, "n c"]:
    n, c, h, w = (*small.shape[:2], *(max(1, length // side) for length in small.shape[2:]))
    cut = small[:, :, : h * side, : w * side]
    blocks = cut.reshape(n, c, h, cut.shape[2] // h, w, cut.shape[3] // w).mean(axis=(3, 5))
    return np.log(blocks.reshape(n, c, -1).std(axis=-1))


def _matched(
    table: dict[str, Float64[np.ndarray, "c m"]], plate: str
) -> tuple[Float64[np.ndarray, "c c"], Int64[np.ndarray, " c"]]:
    """Return squared distances of a plate's channels to those of the others, and the best match."""
    others = np.stack([values for other, values in table.items() if other != plate])
    usual = np.median(others, axis=0)
    scale = np.maximum(np.sqrt(np.mean((others - usual) ** 2, axis=(0, 1))), _FLOOR)
    distance = np.mean(((table[plate][:, None] - usual[None]) / scale) ** 2, axis=2)
    return distance, linear_sum_assignment(distance)[1].astype(np.int64)


def _moved(match: Int64[np.ndarray, " c"]) -> Int64[np.ndarray, " k"]:
    return np.flatnonzero(match != np.arange(len(match)))


def _clearly(distance: Float64[np.ndarray, "c c"], match: Int64[np.ndarray, " c"]) -> bool:
    moved = _moved(match)
    own, taken = distance[moved, moved], distance[moved, match[moved]]
    far = own.sum() > _BETTER * taken.sum() and (own > _EACH * taken).all()
    return bool(len(moved)) and bool(far)


def _words(
    plate: str,
    plates: list[str],
    channels: tuple[str, ...],
    distance: Float64[np.ndarray, "c c"],
    match: Int64[np.ndarray, " c"],
) -> str:
    fits = [
        f"{channels[i]} fits {channels[j]} (distance {distance[i, j] ** 0.5:.1f}, to its own "
        f"{distance[i, i] ** 0.5:.1f})"
        for i, j in enumerate(match.tolist())
        if i != j
    ]
    if len(plates) == 2:
        return (
            f"channels look swapped on plate {plate} or {plates[1]}, and two plates cannot say on "
            f"which: of {plate}, {', '.join(fits)} of {plates[1]}"
        )
    return f"plate {plate} looks swapped: {', '.join(fits)} of the other {len(plates) - 1} plates"
