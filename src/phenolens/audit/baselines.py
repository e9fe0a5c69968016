"""Baselines: what counting cells, and features of pure chance, reach under the same protocols."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import Answer, ask
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.statistics.paired import Difference, paired_difference

# Metadata columns, then features, that say how many cells there were.
_COUNT_COLUMN = re.compile(r"^(count|.*cell_?counts?|.*count_?cells|n_?cells|num_?cells)$", re.I)
_COUNT_FEATURE = re.compile(
    r"^((Image|Cells|Nuclei|Cytoplasm)_Count(_(Cells|Nuclei))?|.*cell_?count|n_?cells|num_?cells)$",
    re.I,
)
COMPARED = ("nsc", "nscb_strict", "nscb_string_batches", "nscb_median_batch", "drop")
DRAWS = 5


def count_cells(
    levels: Levels, answers: Mapping[str, Answer], seed: int
) -> tuple[dict[str, Any], list[Finding]]:
    """Return what the number of cells alone reaches, as a row of the page, and what it says.

    The baseline asked for by "Counting cells can predict bioactivity benchmarks" (2026): how many
    cells a well holds, as log2 over its plate's negative controls where there are some.
    """
    name, count = _cells(levels.rows)
    if name is None:
        why = "the table has no cell count (a column `count`, or a feature such as Cells_Count)"
        return {"name": "cell count", "why_not": why, "scores": {}}, []
    one = replace(levels.rows, features=_over_controls(levels.rows, count), names=("cells",))
    counted = Levels.of(one, levels.truth)
    scores: dict[str, Any] = {}
    found = []
    for key, answer in _compared(answers).items():
        told = ask(answer.protocol, counted, seed, permutations=0, distance="euclidean")
        if told.score is None or answer.score is None:
            scores[key] = {"why_not": told.why_not}
            continue
        ahead = _ahead(answer.score, told.score)
        scores[key] = told.score.summary() | {"ahead": ahead and _plain(ahead)}
        if ahead is not None and ahead.low <= 0 and key in {"nsc", "nscb_strict"}:
            found.append(_no_better(answer, told.score, ahead, name))
    return {"name": "cell count", "column": name, "why_not": "", "scores": scores}, found


def draw_at_random(
    levels: Levels, answers: Mapping[str, Answer], seed: int, draws: int = DRAWS
) -> tuple[dict[str, Any], list[Finding]]:
    """Return what features of pure chance reach: normal draws of the same shape, row by row.

    They go through the same averaging, so a protocol that rewards shared rows, or a table that
    names one row twice, shows here.
    """
    rng = np.random.default_rng(seed)
    held: dict[str, list[Score]] = {key: [] for key in _compared(answers)}
    for _ in range(draws):
        features = rng.normal(size=levels.rows.features.shape).astype(np.float32)
        drawn = Levels.of(replace(levels.rows, features=features), levels.truth)
        for key in held:
            score = ask(answers[key].protocol, drawn, seed, permutations=0).score
            held[key] += [] if score is None else [score]
    scores: dict[str, Any] = {}
    found = []
    for key, drawn_scores in held.items():
        if not drawn_scores:
            continue
        values = [score.value for score in drawn_scores]
        low, high = min(values), max(values)
        scores[key] = {"value": float(np.mean(values)), "low": low, "high": high, "n": len(values)}
        own = answers[key].score
        if own is not None and own.value <= high and key in {"nsc", "nscb_strict"}:
            found.append(_no_better_than_chance(answers[key], own, high, draws))
    return {"name": "random features", "why_not": "", "draws": draws, "scores": scores}, found


def _compared(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    asked = {key: answers[key] for key in COMPARED if key in answers}
    return {key: answer for key, answer in asked.items() if answer.score is not None}


def _cells(profiles: Profiles) -> tuple[str | None, Float64[np.ndarray, " n"]]:
    """Return where cells are counted, and the counts; a constant count counts nothing."""
    for name in map(str, profiles.meta.columns):
        if _COUNT_COLUMN.match(name):
            values = pd.to_numeric(profiles.meta[name], errors="coerce").to_numpy(np.float64)
            if np.isfinite(values).all() and (values >= 0).all() and np.ptp(values) > 0:
                return name, values
    for k, name in enumerate(profiles.names):
        if _COUNT_FEATURE.match(name):
            values = profiles.features[:, k].astype(np.float64)
            if np.ptp(values) > 0:
                return name, values
    return None, np.empty(0)


def _over_controls(
    profiles: Profiles, count: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, "n 1"]:
    """Return log2 of the counts over the plate's controls; features already scaled stay."""
    meta = profiles.meta
    raw = (count >= 0).all()
    value = np.log2(count + 1) if raw else count
    if raw and {"plate", "control"} <= set(meta.columns):
        control = meta["control"].to_numpy(dtype=bool)
        of_controls = pd.Series(np.where(control, value, np.nan))
        middle = of_controls.groupby(meta["plate"].to_numpy(), dropna=False).transform("median")
        value = value - middle.fillna(value.mean()).to_numpy()
    return value[:, None]


def _ahead(own: Score, other: Score) -> Difference | None:
    """Return by how much the features lead, row by row, where the rows can be paired."""
    if own.name == "drop":
        return None
    try:
        return paired_difference(own, other)
    except InputError:  # rows without a name of their own: two intervals are all there is
        return None


def _plain(ahead: Difference) -> dict[str, float]:
    return {"value": ahead.value, "low": ahead.low, "high": ahead.high, "n": ahead.n}


def _no_better(answer: Answer, other: Score, ahead: Difference, name: str) -> Finding:
    title = answer.protocol.title
    return Finding(
        key="cell_count",
        severity="warning",
        title=f"counting cells does nearly as well ({title})",
        evidence=(
            f"{title} of the features {answer.score.value:.3f}, of the cell count alone "  # type: ignore[union-attr]
            f"{other.value:.3f}; the lead of {ahead.value:.3f} has the interval "
            f"[{ahead.low:.3f}, {ahead.high:.3f}]."
        ),
        fix="Regress the cell count out (`regress_cell_count`) and score again.",
        columns=(name,),
    )


def _no_better_than_chance(answer: Answer, own: Score, high: float, draws: int) -> Finding:
    title = answer.protocol.title
    return Finding(
        key="random_features",
        severity="warning",
        title=f"random features do as well ({title})",
        evidence=f"{title} {own.value:.3f}; the best of {draws} random draws reached {high:.3f}.",
        fix="More compounds or replicates, or features that tell treatments apart.",
    )
