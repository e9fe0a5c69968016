"""A plate that was turned by 180 degrees: its controls are where the map of the plate says not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64
from scipy.spatial.distance import pdist, squareform
from scipy.stats import norm

from phenolens.core.reading.flags import control_rows
from phenolens.core.reading.wells import named, plate_format, row_number
from phenolens.quality.finding import Finding
from phenolens.quality.looks import Looks

ROTATED = "rotated plate"
_MEASURES = ("mean", "sharpness", "contrast", "spread")
_LEAST = 4  # control wells, as given and turned
_DRAWS = 1999
_SD = 3.5  # of the draws: how far the turned layout is above them, at least
_CHANCE = 0.001  # that of all plates of a screen one is as far by chance
_FITS = 0.01  # p of the layout as given, at or below which it fits
_PLATE = 96  # wells: smaller plates are not turned unnoticed


@dataclass(frozen=True, slots=True)
class Turned:
    """How well the layout of the controls fits, as it is given and turned by 180 degrees.

    Attributes:
        given: p of the layout as given: the part of random layouts that fit as well.
        turned: p of the turned layout.
        above: How far the turned layout is above the random ones, in their sd.
    """

    given: float
    turned: float
    above: float

    def clearly(self, plates: int) -> bool:
        """Return whether the turned layout fits and the one as given does not, among plates."""
        far = max(_SD, float(norm.isf(_CHANCE / plates)))
        return self.turned <= 1 / (1 + _DRAWS) and self.above >= far and self.given > _FITS


def rotated(looks: Looks) -> Iterator[Finding]:
    """Yield plates whose images fit the layout of controls turned by 180 degrees, with the p.

    A layout fits where the images of its control wells are nearer to each other than to those of
    other wells: mean distance to the others minus mean distance among the controls, of the logs of
    four measures per channel (median over the well, robustly standardized per plate). A plate looks
    rotated where the turned layout is better than 1,999 random layouts and at least 3.5 sd above
    them (more where there are many plates), and the layout as given is not (p > 0.01). Nothing is
    said of plates with fewer than four control wells, or whose controls are mostly where controls
    are after a turn too.
    """
    if "control" not in looks.meta:
        return
    wells = _of_wells(looks)
    plates = wells.index.get_level_values("plate").nunique()
    for plate, part in wells.groupby(level="plate", observed=True, sort=False):
        table = part.droplevel("plate")
        control = table.pop("control").to_numpy(dtype=bool)
        found = turned(list(map(str, table.index)), table.to_numpy(np.float64), control)
        if found is not None and found.clearly(plates):
            yield Finding(
                ROTATED,
                f"plate {plate} looks turned by 180 degrees: its images fit the layout of "
                f"{int(control.sum())} control wells after a turn (p = {found.turned:.4f}), not as "
                f"given (p = {found.given:.2f}), in {_DRAWS} random layouts. Wells at one end of "
                "the plate that differ for another reason look the same",
            )


def turned(
    wells: list[str], values: Float64[np.ndarray, "n f"], control: Bool[np.ndarray, " n"]
) -> Turned | None:
    """Return how well both layouts of the controls fit; None where that cannot be known.

    Args:
        wells: Their names.
        values: Measures of each well.
        control: Which of them are controls by the table.
    """
    other = _turned_wells(wells)
    if other is None:
        return None
    at = {well: i for i, well in enumerate(wells)}
    after = np.zeros(len(wells), dtype=bool)
    after[[at[other[i]] for i in np.flatnonzero(control) if other[i] in at]] = True
    count = int(control.sum())
    apart = int((control & ~after).sum())
    if min(count, int(after.sum())) < _LEAST or 2 * apart < count or 2 * count > len(wells):
        return None
    distance = squareform(pdist(_standardized(values)))
    rng = np.random.default_rng(0)
    draws = np.array([rng.permutation(after) for _ in range(_DRAWS)])
    random = _fit(distance, draws)
    given, best = (float(_fit(distance, mask[None])[0]) for mask in (control, after))
    p = [float((1 + (random >= one).sum()) / (1 + _DRAWS)) for one in (given, best)]
    sd = float(random.std())
    return Turned(p[0], p[1], (best - float(random.mean())) / sd if sd else 0.0)


def _turned_wells(wells: list[str]) -> list[str] | None:
    """Return the well at each place after a turn; None where wells have no row and column."""
    letters = [well.rstrip("0123456789") for well in wells]
    if not all(letters):
        return None
    rows = [row_number(each) for each in letters]
    columns = [int(well[len(x) :]) for well, x in zip(wells, letters, strict=True)]
    height, width = plate_format(max(rows), max(columns), _PLATE)
    return [named(height + 1 - r, width + 1 - c) or "" for r, c in zip(rows, columns, strict=True)]


def _of_wells(looks: Looks) -> pd.DataFrame:
    """Return the measures of every well, indexed by plate and well, and `control`."""
    logs = []
    for name in _MEASURES:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs.append(np.log(looks.table(name).astype(np.float64)))
    values = pd.DataFrame(np.concatenate(logs, axis=1)).replace([np.inf, -np.inf], np.nan)
    keys = [looks.plates.rename("plate"), looks.meta["well"].astype(str).rename("well")]
    made = values.groupby(keys, observed=True, sort=False).median()
    control = pd.Series(control_rows(looks.meta))
    return made.assign(control=control.groupby(keys, observed=True, sort=False).max())


def _standardized(values: Float64[np.ndarray, "n f"]) -> Float64[np.ndarray, "n f"]:
    """Return values in median absolute deviations, at most ten; missing and constant ones are 0."""
    some = values[:, np.isfinite(values).any(axis=0)]
    middle = np.nanmedian(some, axis=0)
    mad = np.nanmedian(np.abs(some - middle), axis=0)
    usable = mad > 0
    made = (some[:, usable] - middle[usable]) / mad[usable]
    return np.clip(np.nan_to_num(made), -10, 10)


def _fit(
    distance: Float64[np.ndarray, "n n"], masks: Bool[np.ndarray, "m n"]
) -> Float64[np.ndarray, " m"]:
    """Return the mean distance to other wells minus that among the controls, of each layout."""
    inside = masks.astype(np.float64)
    k, n = inside.sum(axis=1), inside.shape[1]
    sums = inside @ distance
    within = (sums * inside).sum(axis=1)
    return (sums.sum(axis=1) - within) / (k * (n - k)) - within / (k * (k - 1))
