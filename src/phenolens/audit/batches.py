"""Batches: what the batch alone, without any feature, reveals about the mechanism."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import Answer
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.metrics.nearest_match import labelled
from phenolens.neighbours.matching import shares
from phenolens.statistics.chance import chance
from phenolens.statistics.units import unit_codes

_MOST = 1500  # treatments that are looked at


@dataclass(frozen=True, slots=True)
class BatchEffect:
    """What the batch alone reveals about the mechanism; NaN where it was not computed.

    Attributes:
        why_not: Why there is nothing to compute.
        n: Treatments.
        nsc: NSC of a single feature, the batch.
        nsc_null: Its mean under shuffled mechanisms.
        nsc_null_high: Its 95th percentile under shuffled mechanisms.
        nsc_p: Share of shuffles that reach it.
        accuracy: Of naming the commonest mechanism of a treatment's batches.
        accuracy_null: Its mean under shuffled mechanisms.
        accuracy_null_high: Its 95th percentile under shuffled mechanisms.
        accuracy_p: Share of shuffles that reach it.
    """

    why_not: str = ""
    n: int = 0
    nsc: float = math.nan
    nsc_null: float = math.nan
    nsc_null_high: float = math.nan
    nsc_p: float = math.nan
    accuracy: float = math.nan
    accuracy_null: float = math.nan
    accuracy_null_high: float = math.nan
    accuracy_p: float = math.nan


def batch_tells_truth(
    levels: Levels, answers: Mapping[str, Answer], *, seed: int, permutations: int = 200
) -> tuple[BatchEffect, list[Finding]]:
    """Return what the batch alone, without any feature, reveals about the mechanism.

    `nsc` is the NSC of a single feature, the batch: for a treatment, the share of other compounds
    in its batches that have its mechanism. `accuracy` is that of naming the commonest mechanism
    of its batches, itself included, so that chance is what shuffled mechanisms give. The null
    shuffles mechanisms between compounds, as that of NSC does.
    """
    asked = _with_truth(levels)
    if isinstance(asked, str):
        return BatchEffect(asked), []
    meta = asked.meta
    unit, truth = _units(asked, str(levels.truth))
    others = PairRule(same=("batch",)).allows(meta) & (unit[:, None] != unit)
    weight = others / np.maximum(others.sum(axis=1, keepdims=True), 1)
    match = shares(truth)
    rng = np.random.default_rng(seed)
    together = others | (unit[:, None] == unit)
    value, accuracy = _alone(weight, together, match, unit)
    drawn = (rng.permutation(len(truth))[unit] for _ in range(permutations))
    null = np.array([_alone(weight, together, match, kind) for kind in drawn])
    effect = BatchEffect(
        n=len(meta),
        nsc=value,
        **{f"nsc_{k}": v for k, v in chance(value, null[:, 0]).items()},
        accuracy=accuracy,
        **{f"accuracy_{k}": v for k, v in chance(accuracy, null[:, 1]).items()},
    )
    return effect, _batch_finding(effect, answers, str(levels.truth))


def _with_truth(levels: Levels) -> Profiles | str:
    """Return the treatments with a mechanism and a batch, or why there are none."""
    if levels.treatments is None or levels.truth is None:
        return "the table has no treatments with a mechanism"
    meta = levels.treatments.meta
    if not {"batch", "compound"} <= set(meta.columns):
        return "the table has no column `batch`, or no column `compound`"
    if meta["batch"].nunique() < 2:
        return "all treatments are in the same batches"
    try:
        rows = labelled(levels.treatments, levels.truth, "the audit")[0]
    except InputError as error:
        return str(error)
    return levels.treatments.take(rows[:_MOST])


def _units(asked: Profiles, truth: str) -> tuple[Int64[np.ndarray, " n"], Any]:
    """Return each row's unit (compound and truth) and every unit's truth."""
    columns = ["compound", truth]
    codes = unit_codes(asked.meta, columns)
    first = np.unique(codes, return_index=True)[1]
    return codes, asked.meta[truth].iloc[first].reset_index(drop=True)


def _alone(
    weight: Float64[np.ndarray, "n n"],
    together: Bool[np.ndarray, "n n"],
    match: Bool[np.ndarray, "u u"],
    kind: Int64[np.ndarray, " n"],
) -> tuple[float, float]:
    """Return the NSC of the batch, and the accuracy of naming the commonest mechanism in it.

    Args:
        weight: What each other row counts for each row; rows sum to 1, or 0 with none.
        together: Which rows share a batch, or are one compound.
        match: Which units share a truth.
        kind: Each row's unit, whose truth it has (shuffled, in the null).
    """
    alike = match[kind][:, kind]
    votes = together.astype(np.float64) @ alike  # (row, truth of): rows that share it
    winner = np.where(together, votes, -1.0).argmax(axis=1)
    matched = (weight * alike).sum(axis=1)
    return float(matched.mean()), float(alike[np.arange(len(kind)), winner].mean())


def _batch_finding(effect: BatchEffect, answers: Mapping[str, Answer], truth: str) -> list[Finding]:
    nsc, strict = answers["nsc"].score, answers["nscb_strict"]
    text = (
        f"Without any feature, the batch of a treatment alone gives NSC {effect.nsc:.2f} (shuffled "
        f"{effect.nsc_null:.2f}, p {effect.nsc_p:.2g}), and its commonest {truth} is "
        f"right for {effect.accuracy:.0%} of {effect.n} treatments (shuffled "
        f"{effect.accuracy_null:.0%})."
    )
    if effect.nsc_p > 0.01 or effect.nsc - effect.nsc_null < 0.1:
        return [
            Finding(
                key="batch_tells_truth", severity="fine", columns=("batch", truth),
                title=f"batches do not reveal the {truth}", evidence=text,
            )
        ]  # fmt: skip
    share = _explained(effect, nsc.value if nsc is not None else np.nan)
    lost = strict.score is None or strict.score.p > 0.05
    leak = share > 0.5 and lost
    if strict.score is None:
        text += f" NSCB cannot be computed: {strict.why_not}."
    elif nsc is not None:
        text += f" NSC is {nsc.value:.2f}, NSCB {strict.score.value:.2f}."
    return [
        Finding(
            key="batch_tells_truth",
            severity="leak" if leak else "warning",
            title=f"{truth} leaks through batch" if leak else f"batches reveal the {truth} in part",
            evidence=text,
            fix="Report NSCB, not NSC; run compounds of every mechanism in every batch.",
            columns=("batch", truth),
        )
    ]


def _explained(effect: BatchEffect, nsc: float) -> float:
    """Return what share of NSC's lead over chance the batch alone has."""
    lead = nsc - effect.nsc_null
    return (effect.nsc - effect.nsc_null) / lead if lead > 0 else 1.0
