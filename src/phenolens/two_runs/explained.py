"""Explained: what two runs' models looked at, knock-out by knock-out and audit by audit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.results.explained import call_column, is_real
from phenolens.statistics.holm import holm
from phenolens.statistics.sign_flip import sign_flip_p

# Explanation -> its title, and the column that says what was taken away.
KNOCK_OUTS = {
    "channel_knock_out": ("channel", "channel"),
    "compartment_knock_out": ("compartment", "compartment"),
    "blur_knock_out": ("blur, pixels", "blur"),
}
_AUDIT, _WITHOUT = "background", "no cells"
_BOTH = "a leak in both"
_FEWEST = 2  # calls that a test needs


@dataclass(frozen=True, slots=True)
class Lost:
    """What calls lose where one thing is taken away, in two runs.

    Attributes:
        what: What was taken away, in words.
        before: Mean share that is lost in the first run, over the calls below.
        after: The same in the second run.
        calls: How many values are called by both runs better than by chance.
        p: Of the sign-flip test over these calls; NaN for fewer than two.
        p_holm: After Holm's correction over everything that was taken away.
    """

    what: str
    before: float
    after: float
    calls: int
    p: float
    p_holm: float = math.nan


@dataclass(frozen=True, slots=True)
class Audited:
    """One score without cells, in two runs.

    Attributes:
        title: Of the score.
        before: Value in the first run, and its chance.
        after: The same in the second run.
        words: Where it is a leak.
    """

    title: str
    before: tuple[float, float]
    after: tuple[float, float]
    words: str


def knocked_out(one: RunContents, other: RunContents) -> tuple[Lost, ...]:
    """Return what calls lose in both runs, for each knock-out and model that both have."""
    found = [lost for name in KNOCK_OUTS for lost in _lost(one, other, name)]
    p = np.array([lost.p for lost in found], dtype=np.float64)
    known = np.isfinite(p)
    corrected = np.full(len(p), math.nan)
    corrected[known] = holm(p[known])
    return tuple(replace(lost, p_holm=float(q)) for lost, q in zip(found, corrected, strict=True))


def audited(one: RunContents, other: RunContents, names: tuple[str, str]) -> tuple[Audited, ...]:
    """Return the scores that both runs made again without cells.

    Args:
        one: The first run.
        other: The second run.
        names: Of both, as shown.
    """
    found = []
    for before, after, model in _shared(one, other, _AUDIT):
        here, there = (_without(table) for table in (before, after))
        for key in [key for key in here.index if key in there.index]:
            rows = here.loc[key], there.loc[key]
            leaks = [n for n, row in zip(names, rows, strict=True) if bool(row["above_chance"])]
            words = {0: "in neither a leak", 1: f"a leak in {''.join(leaks)} alone"}
            values = [(float(row["value"]), float(row["chance"])) for row in rows]
            title = f"{facts_of(str(key)).title}{model}"
            found.append(Audited(title, values[0], values[1], words.get(len(leaks), _BOTH)))
    return tuple(found)


def _shared(
    one: RunContents, other: RunContents, name: str
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, str]]:
    """Yield the rows of an explanation in both runs, and how the model is named."""
    here, there = (run.explanations.get(name, {}) for run in (one, other))
    for model in here:
        if model in there:
            yield here[model].rows, there[model].rows, "" if model == "joint" else f", {model}"


def _lost(one: RunContents, other: RunContents, name: str) -> Iterator[Lost]:
    title, column = KNOCK_OUTS[name]
    for before, after, model in _shared(one, other, name):
        call = call_column(before)
        if call != call_column(after):  # mechanisms in one run, compounds in the other
            continue
        real = [rows[rows["p_holm"].map(is_real)] for rows in (before, after)]
        both = real[0].merge(real[1], on=[call, column], suffixes=("_before", "_after"))
        both = both.dropna(subset=["lost_before", "lost_after"])
        for part, rows in both.groupby(column, observed=True, sort=False):
            gap = (rows["lost_after"] - rows["lost_before"]).to_numpy(dtype=np.float64)
            few = len(gap) < _FEWEST
            yield Lost(
                what=f"{title} {part}{model}" if column != "blur" else f"{title}: {part:g}{model}",
                before=float(rows["lost_before"].mean()),
                after=float(rows["lost_after"].mean()),
                calls=len(gap),
                p=math.nan if few else sign_flip_p(gap, rows[call].reset_index(drop=True)),
            )


def _without(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["view"] == _WITHOUT].set_index("score")
