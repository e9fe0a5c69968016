"""Baselines: what the cell count, and random features, reach under the same protocols."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.plain import plain
from phenolens.audit.protocols import Answer, ask, keys
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.reading.numbers import number_or_nan
from phenolens.core.score import Score
from phenolens.metrics.base import facts_of
from phenolens.statistics.paired import Difference, paired_difference

# Metadata columns, then features, that hold a cell count.
_COUNT_COLUMN = re.compile(r"^(count|.*cell_?counts?|.*count_?cells|n_?cells|num_?cells)$", re.I)
_COUNT_FEATURE = re.compile(
    r"^((Image|Cells|Nuclei|Cytoplasm)_Count(_(Cells|Nuclei))?|.*cell_?count|n_?cells|num_?cells)$",
    re.I,
)
DRAWS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """A baseline under one protocol.

    Attributes:
        score: Its score; of random features the mean, its range over the draws as the interval.
        ahead: By how much the features exceed it, row by row; None where that is unknown.
        why_not: Why there is no score.
    """

    score: Score | None
    ahead: Difference | None = None
    why_not: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        if self.score is None:
            return {"why_not": self.why_not}
        return self.score.summary() | {"ahead": plain(self.ahead)}


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What is compared with the features under the same protocols.

    Attributes:
        name: As shown.
        scores: By key of the protocol.
        why_not: Why there is no baseline.
        column: Column or feature that holds the cell count.
        draws: How often features were drawn.
    """

    name: str
    scores: Mapping[str, Rival] = field(default_factory=dict)
    why_not: str = ""
    column: str = ""
    draws: int = 0

    def score(self, key: str) -> Score | None:
        """Return its score under one protocol, None where there is none."""
        rival = self.scores.get(key)
        return None if rival is None else rival.score


def count_cells(
    levels: Levels, answers: Mapping[str, Answer], seed: int
) -> tuple[Baseline, list[Finding]]:
    """Return what the number of cells alone reaches, and the findings that follow from it.

    The baseline asked for by "Counting cells can predict bioactivity benchmarks" (2026): how many
    cells a well holds, as log2 over the negative controls of its plate where there are some.
    """
    name, count = _cells(levels.rows)
    if name is None:
        why = "the table has no cell count (a column `count`, or a feature such as Cells_Count)"
        return Baseline("cell count", why_not=why), []
    one = replace(levels.rows, features=_over_controls(levels.rows, count), names=("cells",))
    counted = Levels.of(one, levels.truth)
    rivals: dict[str, Rival] = {}
    findings = []
    for key, answer in _compared(answers).items():
        other = ask(answer.protocol, counted, seed, permutations=0, distance="euclidean")
        if other.score is None or answer.score is None:
            rivals[key] = Rival(None, why_not=other.why_not)
            continue
        ahead = _ahead(answer.score, other.score)
        rivals[key] = Rival(other.score, ahead)
        if ahead is not None and ahead.low <= 0 and key in keys("judged"):
            scores = (
                f"of the features {answer.score.value:.3f}, "
                f"of the cell count alone {other.score.value:.3f}"
            )
            findings.append(_no_better(answer.protocol.title, scores, ahead, name))
    return Baseline("cell count", rivals, column=name), findings


def draw_at_random(
    levels: Levels, answers: Mapping[str, Answer], seed: int, draws: int = DRAWS
) -> tuple[Baseline, list[Finding]]:
    """Return what features of pure chance reach: normal draws of the same shape, row by row.

    They go through the same averaging, so a protocol that rewards shared rows, or a table that
    has one row twice, shows here.
    """
    rng = np.random.default_rng(seed)
    scores: dict[str, list[Score]] = {key: [] for key in _compared(answers)}
    for _ in range(draws):
        features = rng.normal(size=levels.rows.features.shape).astype(np.float32)
        drawn = Levels.of(replace(levels.rows, features=features), levels.truth)
        for key in scores:
            score = ask(answers[key].protocol, drawn, seed, permutations=0).score
            scores[key] += [] if score is None else [score]
    rivals: dict[str, Rival] = {}
    findings = []
    for key, drawn_scores in scores.items():
        if not drawn_scores:
            continue
        values = [score.value for score in drawn_scores]
        low, high = min(values), max(values)
        mean = Score(key, float(np.mean(values)), low=low, high=high, n=len(values))
        rivals[key] = Rival(mean)
        real = answers[key].score
        if real is not None and real.value <= high and key in keys("judged"):
            findings.append(_no_better_than_chance(answers[key], real, high, draws))
    return Baseline("random features", rivals, draws=draws), findings


def _compared(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    asked = {key: answers[key] for key in keys("compared") if key in answers}
    return {key: answer for key, answer in asked.items() if answer.score is not None}


def _cells(profiles: Profiles) -> tuple[str | None, Float64[np.ndarray, " n"]]:
    """Return the column or feature with the cell count, and the counts; a constant one is none."""
    for name in map(str, profiles.meta.columns):
        if _COUNT_COLUMN.match(name):
            values = number_or_nan(profiles.meta[name])
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
    """Return log2 of the counts over the plate's controls; counts already scaled are kept."""
    meta = profiles.meta
    raw = (count >= 0).all()
    value = np.log2(count + 1) if raw else count
    if raw and {"plate", "control"} <= set(meta.columns):
        control = control_rows(meta)
        of_controls = pd.Series(np.where(control, value, np.nan))
        middle = of_controls.groupby(
            meta["plate"].to_numpy(), dropna=False, observed=True
        ).transform("median")
        value = value - middle.fillna(value.mean()).to_numpy()
    return value[:, None]


def _ahead(one: Score, other: Score) -> Difference | None:
    """Return by how much the features exceed a baseline, where the rows can be paired."""
    if facts_of(one.name).better != "high":
        return None
    try:
        return paired_difference(one, other)
    except InputError:  # nothing names the rows: only the two intervals are known
        return None


def _no_better(title: str, scores: str, ahead: Difference, column: str) -> Finding:
    return Finding(
        key="cell_count",
        severity="warning",
        title=f"counting cells does nearly as well ({title})",
        evidence=(
            f"{title} {scores}; the difference of {ahead.value:.3f} has the interval "
            f"[{ahead.low:.3f}, {ahead.high:.3f}]."
        ),
        fix="Regress the cell count out (`regress_cell_count`) and score again.",
        columns=(column,),
    )


def _no_better_than_chance(answer: Answer, score: Score, high: float, draws: int) -> Finding:
    title = answer.protocol.title
    return Finding(
        key="random_features",
        severity="warning",
        title=f"random features do as well ({title})",
        evidence=f"{title} {score.value:.3f}; the best of {draws} random draws reached {high:.3f}.",
        fix="More compounds or replicates, or features that distinguish treatments.",
    )
