"""Batches: what the batch alone, without any feature, tells of the mechanism."""

from __future__ import annotations

from collections.abc import Mapping
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

_MOST = 1500  # treatments asked for


def batch_tells_truth(
    levels: Levels, answers: Mapping[str, Answer], *, seed: int, permutations: int = 200
) -> tuple[dict[str, Any], list[Finding]]:
    """Return what the batch alone, without any feature, says of the mechanism.

    `nsc` is the NSC of a single feature, the batch: of a treatment, the share of other compounds
    in its batches that have its mechanism. `accuracy` is of naming the commonest mechanism of its
    batches, itself included, so that chance is what shuffled mechanisms give. The null shuffles
    mechanisms between compounds, as NSC's does.
    """
    asked = _labelled(levels)
    if isinstance(asked, str):
        return {"why_not": asked}, []
    meta = asked.meta
    unit, truth = _units(asked, str(levels.truth))
    beside = PairRule(same=("batch",)).allows(meta) & (unit[:, None] != unit)
    weight = beside / np.maximum(beside.sum(axis=1, keepdims=True), 1)
    match = shares(truth)
    rng = np.random.default_rng(seed)
    together = beside | (unit[:, None] == unit)
    value, accuracy = _alone(weight, together, match, unit)
    drawn = (rng.permutation(len(truth))[unit] for _ in range(permutations))
    null = np.array([_alone(weight, together, match, kind) for kind in drawn])
    told = {
        "why_not": "",
        "n": len(meta),
        "nsc": value,
        **{f"nsc_{k}": v for k, v in chance(value, null[:, 0]).items()},
        "accuracy": accuracy,
        **{f"accuracy_{k}": v for k, v in chance(accuracy, null[:, 1]).items()},
    }
    return told, _batch_finding(told, answers, str(levels.truth))


def _labelled(levels: Levels) -> Profiles | str:
    """Return the treatments with a mechanism and a batch, or why there are none."""
    if levels.treatments is None or levels.truth is None:
        return "the table has no treatments with a mechanism"
    meta = levels.treatments.meta
    if not {"batch", "compound"} <= set(meta.columns):
        return "the table has no column batch, or none of compounds"
    if meta["batch"].nunique() < 2:
        return "all treatments stand in the same batches"
    try:
        rows = labelled(levels.treatments, levels.truth, "the audit")[0]
    except InputError as error:
        return str(error)
    return levels.treatments.take(rows[:_MOST])


def _units(asked: Profiles, truth: str) -> tuple[Int64[np.ndarray, " n"], Any]:
    """Return each row's unit (compound and truth) and every unit's truth."""
    columns = ["compound", truth]
    codes = asked.meta.groupby(columns, dropna=False).ngroup().to_numpy(dtype=np.int64)
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
    votes = together.astype(np.float64) @ alike  # (row, whose truth): rows beside it that share it
    winner = np.where(together, votes, -1.0).argmax(axis=1)
    own = (weight * alike).sum(axis=1)
    return float(own.mean()), float(alike[np.arange(len(kind)), winner].mean())


def _batch_finding(
    told: Mapping[str, Any], answers: Mapping[str, Answer], truth: str
) -> list[Finding]:
    nsc, strict = answers["nsc"].score, answers["nscb_strict"]
    text = (
        f"Without any feature, a treatment's batch alone gives NSC {told['nsc']:.2f} (shuffled "
        f"{told['nsc_null']:.2f}, p {told['nsc_p']:.2g}) and its commonest {truth} is "
        f"right for {told['accuracy']:.0%} of {told['n']} treatments (shuffled "
        f"{told['accuracy_null']:.0%})."
    )
    plain = told["nsc_p"] > 0.01 or told["nsc"] - told["nsc_null"] < 0.1
    if plain:
        return [
            Finding(
                key="batch_tells_truth", severity="fine", columns=("batch", truth),
                title=f"batches do not tell the {truth}", evidence=text,
            )
        ]  # fmt: skip
    share = _explained(told, nsc.value if nsc is not None else np.nan)
    lost = strict.score is None or strict.score.p > 0.05
    leak = share > 0.5 and lost
    if strict.score is None:
        text += f" NSCB cannot be asked: {strict.why_not}."
    elif nsc is not None:
        text += f" NSC is {nsc.value:.2f}, NSCB {strict.score.value:.2f}."
    return [
        Finding(
            key="batch_tells_truth",
            severity="leak" if leak else "warning",
            title=f"{truth} leaks through batch" if leak else f"batches tell the {truth} in part",
            evidence=text,
            fix="Quote NSCB, not NSC; run compounds of every mechanism in every batch.",
            columns=("batch", truth),
        )
    ]


def _explained(told: Mapping[str, Any], nsc: float) -> float:
    """Return what share of NSC's lead over chance the batch alone has."""
    lead = nsc - told["nsc_null"]
    return (told["nsc"] - told["nsc_null"]) / lead if lead > 0 else 1.0
