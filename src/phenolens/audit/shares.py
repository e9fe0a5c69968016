"""Shares: whether hits come from the same plate, batch or well position more than expected."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.values import Values
from phenolens.metrics.nearest_match import labelled
from phenolens.neighbours.nearest import nearest
from phenolens.statistics.intervals import interval_of_mean

_PLACES = {"plate": "plate", "batch": "batch", "well": "well position"}
_MOST = 4000  # rows whose neighbour is counted; candidates are all
_CERTAIN = 4.0  # standard errors, since several such shares are looked at
_CLEAR = 0.1  # above the share expected


@dataclass(frozen=True, slots=True)
class Share:
    """How many nearest neighbours are in the same place.

    Attributes:
        value: The share.
        expected: What it would be if the place played no part.
        low: Lower end of the 95 % interval of the share; NaN for too few compounds.
        high: Upper end.
        n: Neighbours.
        question: Which neighbours, such as `NSC hits`.
        place: `plate`, `batch` or `well position`.
        column: Name of the place in the table.
    """

    value: float
    expected: float
    low: float
    high: float
    n: int
    question: str = ""
    place: str = ""
    column: str = ""


def share_places(levels: Levels, seed: int) -> tuple[list[Share], list[Finding]]:
    """Return how often neighbours share plate, batch and position, and the findings.

    Expected is what a hit would share if, among the rows that could have been that hit, plate and
    position played no part: the mean over hits of the share of those rows in the same place.
    """
    places: list[Share] = []
    findings: list[Finding] = []
    for title, profiles, same, rule in _questions(levels):
        x = profiles.features.astype(np.float64)
        some = x.any(axis=1)
        meta, x = profiles.meta[some].reset_index(drop=True), x[some]
        if len(x) < 3:
            continue
        index = nearest(x, meta, rule, "cosine")[0]
        query = _queries(meta, index, same, seed)
        for place, words in _PLACES.items():
            may = PairRule(same=() if same is None else (same,), differ=rule.differ)
            share = _share(meta, index, query, may, place, seed)
            if share is None:
                continue
            share = replace(share, question=title, place=words, column=place)
            places.append(share)
            findings += _finding(share)
    return places, findings


def _questions(levels: Levels) -> list[tuple[str, Profiles, str | None, PairRule]]:
    """Return title, rows, the column that makes a hit, and which rows may be neighbours."""
    asked: list[tuple[str, Profiles, str | None, PairRule]] = []
    rows = levels.rows
    compounds = "compound" in rows.meta.columns
    if levels.truth is not None and compounds:
        try:
            known = rows.take(labelled(rows, levels.truth, "the audit")[0])
            asked.append(("NSC hits", known, levels.truth, PairRule(differ=("compound",))))
        except InputError:
            pass  # fewer than two rows with a value: the protocols report it
    if levels.wells is not None:
        control = _control(rows.meta)
        if compounds and (~control).any():
            treated = rows.take(~control)
            asked.append(("replicate hits", treated, _replicates(treated.meta), PairRule()))
        if control.sum() > 2:
            asked.append(("controls' neighbours", rows.take(control), None, PairRule()))
        asked.append(("all neighbours", rows, None, PairRule()))
    return asked


def _replicates(meta: pd.DataFrame) -> str:
    """Return what makes two wells replicates: the treatment, or the compound if few repeat."""
    if "treatment" not in meta.columns:
        return "compound"
    return "treatment" if meta["treatment"].duplicated(keep=False).mean() > 0.5 else "compound"


def _control(meta: pd.DataFrame) -> Bool[np.ndarray, " n"]:
    return control_rows(meta)


def _queries(
    meta: pd.DataFrame, index: Int64[np.ndarray, " n"], same: str | None, seed: int
) -> Int64[np.ndarray, " q"]:
    """Return the rows whose neighbour is a hit; of too many, a random sample."""
    hit = index >= 0
    if same is not None:
        values = Values.of(meta[same])
        rows = np.flatnonzero(hit)
        hit[rows] = values.share(rows, index[rows]) & values.known[rows]
    query = np.flatnonzero(hit)
    if len(query) > _MOST:
        query = np.sort(np.random.default_rng(seed).choice(query, _MOST, replace=False))
    return query


def _share(
    meta: pd.DataFrame,
    index: Int64[np.ndarray, " n"],
    query: Int64[np.ndarray, " q"],
    may: PairRule,
    place: str,
    seed: int,
) -> Share | None:
    """Return the share of hits in the same place, what is expected, and the interval."""
    if place not in meta.columns or meta[place].nunique() < 2 or not len(query):
        return None
    where = Values.of(meta[place])
    shared = where.share(query, index[query]).astype(np.float64)
    expected = _expected(meta, query, may, where)
    known = np.isfinite(expected) & where.known[query] & where.known[index[query]]
    if known.sum() < 10:
        return None
    shared, expected, query = shared[known], expected[known], query[known]
    unit = meta["compound"] if "compound" in meta.columns else pd.Series(range(len(meta)))
    units = unit.iloc[query].reset_index(drop=True)
    low, high = interval_of_mean(shared - expected, units, seed=seed)
    middle = float(expected.mean())
    return Share(float(shared.mean()), middle, middle + low, middle + high, len(shared))


def _expected(
    meta: pd.DataFrame,
    query: Int64[np.ndarray, " q"],
    may: PairRule,
    where: Values,
) -> Float64[np.ndarray, " q"]:
    """Return for each hit how many of the rows that could have been it are in its place."""
    out = np.empty(len(query))
    for begin in range(0, len(query), 500):
        rows = query[begin : begin + 500]
        allowed = may.allows(meta, rows)
        total = allowed.sum(axis=1)
        here = (allowed & where.shares(rows)).sum(axis=1)
        out[begin : begin + 500] = np.where(total > 0, here / np.maximum(total, 1), np.nan)
    return out


def _finding(share: Share) -> list[Finding]:
    gap = share.value - share.expected
    if share.question == "all neighbours":  # compounds too, which the layout may group
        return []
    if math.isnan(share.low) or gap < _CLEAR:
        return []
    if gap < _CERTAIN * (share.high - share.low) / 3.92:  # 95 % is 3.92 standard errors wide
        return []
    return [
        Finding(
            key="shared_place",
            severity="warning",
            title=f"{share.question} come from the same {share.place}",
            evidence=(
                f"{share.value:.2f} of {share.n} {share.question} share the {share.place}; "
                f"without its influence {share.expected:.2f} would "
                f"(interval of the share [{share.low:.2f}, {share.high:.2f}])."
            ),
            fix=(
                "Score with neighbours from another "
                f"{share.place} only, and correct for it (standardize, sphere, align)."
            ),
            columns=(share.column,),
        )
    ]
