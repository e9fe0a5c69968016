"""Confounds: what the layout alone tells: mechanism by batch, compound by well position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import Answer
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.metrics.matching import chance, shares
from phenolens.metrics.nearest_match import labelled

_MOST = 1500  # treatments asked for
CONFOUNDED = 0.5  # of the way from chance to 1, of same-compound pairs at one position


def batch_tells_truth(
    levels: Levels, answers: Mapping[str, Answer], *, seed: int, permutations: int = 200
) -> tuple[dict[str, Any], list[Finding]]:
    """Return what the batch alone, without any feature, says of the mechanism.

    `nsc` is the NSC of a single feature, the batch: of a treatment, the share of other compounds
    in its batches that have its mechanism. `accuracy` is of a classifier that names the commonest
    mechanism among them. The null shuffles mechanisms between compounds, as NSC's does.
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
    value, accuracy = _alone(weight, match, np.arange(len(truth))[unit])
    null = np.array(
        [_alone(weight, match, rng.permutation(len(truth))[unit]) for _ in range(permutations)]
    )
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
        return "all treatments stand in one batch"
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
    weight: Float64[np.ndarray, "n n"], match: Any, kind: Int64[np.ndarray, " n"]
) -> tuple[float, float]:
    """Return the NSC of the batch, and the accuracy of naming the commonest mechanism in it.

    Args:
        weight: What each other row counts for each row; rows sum to 1, or 0 with none.
        match: Which units share a truth.
        kind: Each row's unit, whose truth it has (shuffled, in the null).
    """
    alike = match[kind][:, kind]
    vote = weight @ alike.astype(np.float64)  # (row, whose truth): votes for that truth
    own = vote[np.arange(len(kind)), np.arange(len(kind))]
    best = np.where(weight > 0, vote, -1.0)
    winner = best.argmax(axis=1)
    right = alike[np.arange(len(kind)), winner] & (best.max(axis=1) > 0)
    return float(own.mean()), float(right.mean())


def _batch_finding(
    told: Mapping[str, Any], answers: Mapping[str, Answer], truth: str
) -> list[Finding]:
    nsc, strict = answers["nsc"].score, answers["nscb_strict"]
    text = (
        f"Without any feature, a treatment's batch alone gives NSC {told['nsc']:.2f} (shuffled "
        f"{told['nsc_null']:.2f}, p {told['nsc_p']:.2g}) and names the {truth} for "
        f"{told['accuracy']:.0%} of {told['n']} treatments."
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
            mend="Quote NSCB, not NSC; run compounds of every mechanism in every batch.",
            columns=("batch", truth),
        )
    ]


def _explained(told: Mapping[str, Any], nsc: float) -> float:
    """Return what share of NSC's lead over chance the batch alone has."""
    lead = nsc - told["nsc_null"]
    return (told["nsc"] - told["nsc_null"]) / lead if lead > 0 else 1.0


def position_of_compounds(
    levels: Levels, probes: list[dict[str, Any]] | None = None
) -> tuple[dict[str, Any], list[Finding]]:
    """Return how often a compound's wells on different plates stand at one position.

    Expected is what pairs of different compounds do. Where every compound keeps its position,
    replicates share whatever the position does, and no score of replicates can tell the two apart.
    """
    wells = levels.wells
    if wells is None or not {"plate", "well", "compound"} <= set(wells.meta.columns):
        return {"why_not": "needs wells with plate, well and compound"}, []
    meta = wells.meta
    kept = meta["compound"].notna() & meta["well"].notna() & meta["plate"].notna()
    if "control" in meta.columns:
        kept &= ~meta["control"].to_numpy(dtype=bool)
    meta = meta[kept].reset_index(drop=True)
    pairs, shared, others, by_chance = _pairs(meta)
    if not pairs or not others:
        return {"why_not": "no compound stands on two plates"}, []
    value, expected = shared / pairs, by_chance / others
    told = {"why_not": "", "value": value, "expected": expected, "pairs": int(pairs)}
    told["confounded"] = bool(value - expected > CONFOUNDED * (1 - expected))
    return told, _position_finding(told, probes or [])


def _pairs(meta: Any) -> tuple[float, float, float, float]:
    """Return pairs of wells on two plates, of one compound: all, at one position; of two: same."""
    plate, well, compound = (
        np.unique(meta[c].astype(str), return_inverse=True)[1]
        for c in ("plate", "well", "compound")
    )

    def count(*keys: Int64[np.ndarray, " n"]) -> float:
        """Return how many pairs of rows agree in all the keys."""
        size = np.unique(np.stack(keys), axis=1, return_counts=True)[1].astype(np.float64)
        return float((size * (size - 1) / 2).sum())

    n = len(plate)
    pairs = count(compound) - count(compound, plate)
    shared = count(compound, well) - count(compound, well, plate)
    every = n * (n - 1) / 2 - count(plate)
    at_one = count(well) - count(well, plate)
    return pairs, shared, every - pairs, at_one - shared


def _position_finding(told: dict[str, Any], probes: list[dict[str, Any]]) -> list[Finding]:
    text = (
        f"{told['value']:.0%} of {told['pairs']} pairs of a compound's wells on two plates stand at "
        f"the same well position; of pairs of different compounds {told['expected']:.0%} do."
    )
    if not told["confounded"]:
        return [
            Finding(
                key="position_confounded", severity="fine", columns=("well", "compound"),
                title="compounds change their well position", evidence=text,
            )
        ]  # fmt: skip
    seen = [
        p for p in probes
        if p["on"] == "controls" and p["column"] in {"row", "column", "well"}
        and not p["why_not"] and p["p"] <= 0.01
    ]  # fmt: skip
    best = max(seen, key=lambda p: p["value"] - p["chance"], default=None)
    if best is not None:
        text += (
            f" And position is there to be seen: on controls {best['column']} is predicted with "
            f"balanced accuracy {best['value']:.2f} (shuffled {best['chance']:.2f})."
        )
    return [
        Finding(
            key="position_confounded",
            severity="leak" if best is not None else "warning",
            title="well position is confounded with compound",
            evidence=text,
            mend=(
                "Replicate scores are an upper reading: regress the position out, or compare with "
                "controls at the same positions; scores between compounds (NSC) suffer less."
            ),
            columns=("well", "compound"),
        )
    ]
