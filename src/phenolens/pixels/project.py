"""The pixel step `project`: several planes of a field, along z or time, become one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from jaxtyping import Integer, UInt8

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, nearest
from phenolens.core.ranges import finite
from phenolens.core.screen import Identify, Images, Read, Rows, Screen
from phenolens.quality.focus import sharpness

By = Literal["max", "mean", "sharpest", "one"]
Planes = tuple[Integer[np.ndarray, " _"], ...]  # the rows of each field, in order
_PLACE = ("plate", "well", "site", "scene", "cell", "time", "timepoint", "z")
_CLOCK = ("time", "timepoint")  # hours and numbers of the same times


@dataclass(frozen=True, kw_only=True)
class Project:
    """Make one image of all planes of a field, along z, time, or another column.

    The layout gives each plane a row and says which it is in a column (`image_folder`: a group `z`
    in the pattern). Rows of the same plate, well, site, scene, cell, time and z but for that column
    become one; other columns are kept where they are the same for all planes of each field.

    Attributes:
        over: The column that counts the planes: `z`, `time`, ...
        by: `max` and `mean` (rounded) of each pixel; `sharpest`: of each channel the plane with the
            most detail (`quality.focus.sharpness`; the first where two are equal); `one`: the
            plane `at`.
        at: Of `one`: the value of the column.
    """

    over: str = "z"
    by: By = "max"
    at: float = 0.0

    def __post_init__(self) -> None:
        finite(at=self.at)

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of projections, in the order of their fields' first planes.

        Raises:
            InputError: No such column, a value that is not a number, a plane that occurs twice in a
                field, or a field without the plane `at`.
        """
        order = _numbers(screen.meta, self.over)
        counted = _CLOCK if self.over in _CLOCK else (self.over,)
        place = [name for name in _PLACE if name in screen.meta and name not in counted]
        field = screen.meta.groupby(place, sort=False, observed=True, dropna=False).ngroup()
        _refuse_twice(screen.meta, field, order, place, self.over)
        ordered = np.lexsort((order, field))
        starts = np.flatnonzero(np.diff(field.to_numpy()[ordered], prepend=-1))
        planes = tuple(np.split(ordered, starts[1:]))
        meta, lost = _common(screen.meta.drop(columns=self.over), field)
        if self.by == "one":
            planes = tuple(_at(rows, order, self.at) for rows in planes)
            if missing := [i for i, rows in enumerate(planes) if not len(rows)]:
                name = " ".join(str(value) for value in meta.loc[missing[0], place])
                raise InputError(
                    f"{len(missing)} of {len(planes)} fields have no plane at {self.over} = "
                    f"{self.at:g}; the first: {name}",
                    where="at",
                    fix=nearest(f"{self.at:g}", sorted({f"{v:g}" for v in order}), "there is"),
                )
        counts = [len(rows) for rows in planes]
        made = replace(
            screen,
            meta=meta,
            read=partial(_read_projected, screen.read, planes, self.by),
            identify=screen.identify and partial(_hashes, screen.identify, planes),
        )
        facts: dict[str, Any] = {"planes_least": min(counts), "planes_most": max(counts)}
        return screen.after(self, made, **facts, columns_that_differ=lost)

    @classmethod
    def example(cls, screen: Screen) -> Project:
        """Return the step that takes the greatest counts over the sites of a well."""
        return cls(over="site" if "site" in screen.meta else "plate")


def _numbers(meta: pd.DataFrame, over: str) -> Any:
    """Return the values of the column as numbers."""
    if over not in meta:
        fix = nearest(over, meta.columns, "the table has")
        if over == "z":
            fix = "give the planes a group z in the pattern, as (?P<z>[0-9]+)"
        raise InputError(f"no column '{over}'", where="over", fix=fix)
    numbers = pd.to_numeric(meta[over], errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        first = meta[over][np.isnan(numbers)].iloc[0]
        raise InputError(
            f"column '{over}' has values that are not numbers, as {first!r}", where="over"
        )
    return numbers


def _refuse_twice(meta: pd.DataFrame, field: Any, order: Any, place: list[str], over: str) -> None:
    twice = pd.DataFrame({"field": field, "plane": order}).duplicated().to_numpy()
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        name = " ".join(str(value) for value in meta.loc[row, place])
        raise InputError(
            f"{count_of(int(twice.sum()), 'plane occurs', 'planes occur')} twice; the first: "
            f"{name} at {over} = {order[row]:g}",
            where="over",
            fix="name in the layout what distinguishes them, as a column site",
        )


def _common(meta: pd.DataFrame, field: Any) -> tuple[pd.DataFrame, list[str]]:
    """Return the first row of each field without the columns that differ within one; and those."""
    groups = meta.groupby(field.to_numpy(), sort=True, observed=True)
    differ = [name for name in meta if (groups[name].nunique(dropna=False) > 1).any()]
    first = ~field.duplicated().to_numpy()
    return meta[first].drop(columns=differ).reset_index(drop=True), list(map(str, differ))


def _at(rows: Any, order: Any, at: float) -> Any:
    return rows[np.isclose(order[rows], at)]


def _read_projected(read: Read, planes: Planes, by: By, rows: Rows) -> Any:
    """Return the projections of these rows; the planes of one field are in memory together."""
    return np.stack([_projected(read(planes[row]), by) for row in rows.tolist()])


def _projected(images: Images, by: By) -> Any:
    if by == "mean":
        return np.rint(images.mean(axis=0, dtype=np.float64)).astype(np.uint16)
    if by == "sharpest":
        each = [[sharpness(plane) for plane in image] for image in images]
        best = np.argmax(np.array(each), axis=0)
        return images[best, np.arange(images.shape[1])]
    return images.max(axis=0)


def _hashes(
    identify: Identify | Callable[[Rows], Any],
    planes: Planes,
    rows: Rows,
) -> UInt8[np.ndarray, "n 16"]:
    """Return a hash of the files of all planes of each field."""
    made = [hashlib.sha256(identify(planes[row]).tobytes()).digest()[:16] for row in rows.tolist()]
    return np.frombuffer(b"".join(made), dtype=np.uint8).reshape(-1, 16)
