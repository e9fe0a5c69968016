"""Curves: the rows of a table over time, ordered by curve and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.numbers import number_or_nan

# A curve is the rows that share all of these that the table has.
CURVE = ("plate", "well", "replicate", "compound", "concentration", "cell_line", "batch")
_DECIMALS = 9  # of hours that count
_ROUNDED_BELOW = 1e6  # hours, a century: beyond it no such decimal is known


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The rows of a long-form table, by curve and time.

    A row with a feature that is NaN is left out of its curve: `order` does not hold it. The order
    of curves is that of their identifying values, whatever the order and types of the table.

    Attributes:
        order: (m,) rows of the table, by curve, then by time.
        start: (c + 1,) where each curve begins in `order`; a curve may be empty.
        hours: (m,) time of each of these rows.
        control: (c,) whether the curve is a negative control.
        first: (c,) a row of each curve, for its metadata.
        incomplete: How many rows have a feature that is NaN.
    """

    order: Int64[np.ndarray, " m"]
    start: Int64[np.ndarray, " c1"]
    hours: Float64[np.ndarray, " m"]
    control: Bool[np.ndarray, " c"]
    first: Int64[np.ndarray, " c"]
    incomplete: int

    def __len__(self) -> int:
        return len(self.first)

    @classmethod
    def of(cls, profiles: Profiles, needed_by: str) -> Curves:
        """Return the curves of a long-form table.

        Args:
            profiles: One row per curve and time, with a column `time` in hours.
            needed_by: Who needs them, for messages.

        Raises:
            InputError: No column `time`, a row without a time, an infinite feature, a curve that
                is a control at some times only, or two rows of one curve at one time.
        """
        profiles.not_empty(needed_by)
        hours = hours_of(profiles, needed_by)
        complete = _complete(profiles, needed_by)
        curve, first = identity(profiles.meta)
        control = control_curves(profiles, curve, first, needed_by)
        order = np.lexsort((hours, curve))
        _refuse_twice(profiles, curve[order], hours[order], order, needed_by)
        order = order[complete[order]]
        start = np.searchsorted(curve[order], np.arange(len(first) + 1))
        lost = int((~complete).sum())
        return cls(order, start.astype(np.int64), hours[order], control, first, lost)

    def __iter__(self) -> Iterator[slice]:
        """Yield where each curve is in `order`."""
        for begin, end in pairwise(self.start.tolist()):
            yield slice(begin, end)

    @property
    def curve(self) -> Int64[np.ndarray, " m"]:
        """The number of the curve of each row in `order`."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def spacing(self) -> float:
        """Return the usual hours between two times of a curve (the median); NaN without any."""
        steps = np.diff(self.hours)
        steps = steps[np.diff(self.curve) == 0]
        return float(np.median(steps)) if len(steps) else float("nan")


def identity(
    meta: pd.DataFrame, columns: Sequence[str] = CURVE
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " c"]]:
    """Return the curve of each row by number, and the first row of each curve.

    Curves are numbered in the order of their values: numbers by size, else text. A missing value
    is a value of its own here (controls have no concentration).

    Args:
        meta: The metadata.
        columns: What identifies a curve; those that the table lacks are left out.
    """
    code = np.zeros(len(meta), dtype=np.int64)
    for name in columns:
        if name in meta.columns:
            own = column_codes(meta[name])
            code = np.unique(code * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1]
    first = np.full(int(code.max(initial=-1)) + 1, len(meta), dtype=np.int64)
    np.minimum.at(first, code, np.arange(len(meta)))
    return code.astype(np.int64), first


def column_codes(values: pd.Series) -> Int64[np.ndarray, " n"]:
    """Return each row's value by number, in the order of values; 0 where it is missing.

    The type of the column plays no part: 1, 1.0 and "1" are one value, and are sorted by size
    where all values are numbers.
    """
    raw, distinct = pd.factorize(values)
    text = [value_text(value) for value in distinct]
    number = pd.to_numeric(pd.Series(text, dtype=object), errors="coerce").to_numpy(np.float64)
    numeric = all(np.isfinite(n) or not t for n, t in zip(number, text, strict=True))
    known = sorted({t for t in text if t}, key=lambda t: (float(t), t) if numeric else (0.0, t))
    place = {word: k + 1 for k, word in enumerate(known)} | {"": 0}
    table = np.array([place[t] for t in text] + [0], dtype=np.int64)
    return table[raw]


def control_curves(
    profiles: Profiles,
    curve: Int64[np.ndarray, " n"],
    first: Int64[np.ndarray, " c"],
    needed_by: str,
) -> Bool[np.ndarray, " c"]:
    """Return which curves are controls.

    Args:
        profiles: One row per curve and time, or several.
        curve: The curve of each row, by number.
        first: A row of each curve.
        needed_by: Who needs them, for messages.

    Raises:
        InputError: No column `control`, no control, or a curve that is one at some times only.
    """
    control = profiles.controls(needed_by)
    share = np.bincount(curve, control) / np.bincount(curve)
    mixed = np.flatnonzero((share > 0) & (share < 1))
    if len(mixed):
        where = profiles.place(int(first[mixed[0]]))
        raise InputError(
            f"{needed_by}: the curve of {where} is a control at some times only "
            f"({count_of(len(mixed), 'such curve')})",
            fix="correct the column `control`",
        )
    return control[first]


def control_groups(
    profiles: Profiles, curve: Int64[np.ndarray, " n"], same: Sequence[str], needed_by: str
) -> Int64[np.ndarray, " c"]:
    """Return the group of each curve by number: the curves that may share their controls.

    Args:
        profiles: One row per curve, or per curve and time.
        curve: The curve of each row, by number.
        same: Columns that a curve and its controls share, all of them in the table.
        needed_by: Who needs them, for messages.

    Raises:
        InputError: A curve has no value in such a column, or several.
    """
    for name in same:
        code = column_codes(profiles.meta[name])
        lost = np.flatnonzero(code == 0)
        if len(lost):
            raise InputError(
                f"{needed_by}: no '{name}' in {profiles.place(int(lost[0]))} "
                f"({count_of(len(np.unique(curve[lost])), 'such curve')}), so no control "
                "matches it",
                fix=f"fill it, or leave '{name}' out of `controls_same`",
            )
        least = np.full(int(curve.max(initial=-1)) + 1, code.max(initial=0))
        np.minimum.at(least, curve, code)
        several = np.flatnonzero(code > least[curve])
        if len(several):
            raise InputError(
                f"{needed_by}: the curve of {profiles.place(int(several[0]))} has several values "
                f"of '{name}' ({count_of(len(np.unique(curve[several])), 'such curve')})",
                fix=f"leave '{name}' out of `controls_same`; a curve is the rows that share "
                + ", ".join(column for column in CURVE if column in profiles.meta.columns),
            )
    first = np.unique(curve, return_index=True)[1]
    return identity(profiles.meta.iloc[first], same)[0]


def value_text(value: object) -> str:
    """Return a value as text, empty where it is missing; a whole number without a point."""
    if value is None or value is pd.NA or value != value:  # NaN, NaT
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def hours_of(profiles: Profiles, needed_by: str) -> Float64[np.ndarray, " n"]:
    """Return the time of each row, in hours since the drug was added.

    Rounded to 1e-9 hours: what rounding leaves of a difference, as 0.3 - 0.1 * 3, is time 0.

    Raises:
        InputError: No column `time`, or a row without a time.
    """
    column = profiles.column("time", needed_by)
    hours = number_or_nan(column) + 0.0
    near = np.abs(hours) < _ROUNDED_BELOW
    hours[near] = np.round(hours[near], _DECIMALS) + 0.0
    lost = np.flatnonzero(~np.isfinite(hours))
    if len(lost):
        row = int(lost[0])
        value = column.iloc[row]
        shown = "empty" if pd.isna(value) else repr(value)
        raise InputError(
            f"{needed_by} needs the time of each row, in hours; it is {shown} in "
            f"{profiles.place(row)} ({count_of(len(lost), 'such row')})",
            fix="write times as numbers of hours since the drug was added, or drop these rows",
        )
    return hours


def _complete(profiles: Profiles, needed_by: str) -> Bool[np.ndarray, " n"]:
    """Return which rows have all their features."""
    if np.isfinite(profiles.features).all():
        return np.ones(len(profiles), dtype=bool)
    infinite = np.isinf(profiles.features)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise InputError(
            f"{needed_by} needs features that are numbers (or missing); "
            f"'{profiles.names[column]}' is {profiles.features[row, column]} in "
            f"{profiles.place(int(row))} ({count_of(int(infinite.sum()), 'such value')})",
            fix="drop or fill them in an earlier step",
        )
    complete = ~np.isnan(profiles.features).any(axis=1)
    if not complete.any():
        most = int(np.isnan(profiles.features).sum(axis=0).argmax())
        raise InputError(
            f"{needed_by}: every row has a feature that is missing, most often "
            f"'{profiles.names[most]}'",
            fix="leave out features that were not measured: select_features",
        )
    return complete


def _refuse_twice(
    profiles: Profiles,
    curve: Int64[np.ndarray, " n"],
    hours: Float64[np.ndarray, " n"],
    order: Int64[np.ndarray, " n"],
    needed_by: str,
) -> None:
    """Raise where a curve has two rows at one time: replicates are not told apart."""
    twice = np.flatnonzero((np.diff(curve) == 0) & (np.diff(hours) == 0))
    if len(twice):
        known = [name for name in CURVE if name in profiles.meta.columns]
        at = int(twice[0])
        raise InputError(
            f"{needed_by}: two rows of one curve have the time {hours[at]:g} h: "
            f"{profiles.place(int(order[at]))} and {profiles.place(int(order[at + 1]))} "
            f"({count_of(len(twice), 'such pair')}); a curve is the rows that share "
            f"{', '.join(known)}",
            fix="add a column `replicate` (or `well`) that tells replicates apart, or combine "
            'sites with aggregate and by = ["plate", "well", "time"]',
        )
