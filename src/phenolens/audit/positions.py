"""Positions: do compounds keep their well position, so that the two cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels

CONFOUNDED = 0.5  # of the way from chance to 1, of same-compound pairs at one position


def compounds_by_position(levels: Levels) -> dict[str, Any]:
    """Return how often a compound's wells on different plates stand at one position.

    Expected is what pairs of different compounds do. Where every compound keeps its position,
    replicates share whatever the position does, and no score of replicates can tell the two apart.
    """
    wells = levels.wells
    if wells is None or not {"plate", "well", "compound"} <= set(wells.meta.columns):
        return {"why_not": "needs wells with plate, well and compound"}
    meta = wells.meta
    kept = meta["compound"].notna() & meta["well"].notna() & meta["plate"].notna()
    if "control" in meta.columns:
        kept &= ~meta["control"].to_numpy(dtype=bool)
    meta = meta[kept].reset_index(drop=True)
    pairs, shared, others, by_chance = _pairs(meta)
    if not pairs or not others:
        return {"why_not": "no compound stands on two plates"}
    value, expected = shared / pairs, by_chance / others
    told = {"why_not": "", "value": value, "expected": expected, "pairs": int(pairs)}
    told["confounded"] = bool(value - expected > CONFOUNDED * (1 - expected))
    return told


def _pairs(meta: pd.DataFrame) -> tuple[float, float, float, float]:
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


def judge_position(told: Mapping[str, Any], probes: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return what it means that compounds keep their position, or do not.

    Args:
        told: As `compounds_by_position` gives it.
        probes: As `predict_columns` gives them: whether controls show their position.
    """
    if told["why_not"]:
        return []
    text = (
        f"{told['value']:.0%} of {told['pairs']} pairs of a compound's wells on two plates stand "
        f"at one well position; of pairs of different compounds {told['expected']:.0%} do."
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
            fix=(
                "Replicate scores are an upper reading: regress the position out, or compare with "
                "controls at the same positions; scores between compounds (NSC) suffer less."
            ),
            columns=("well", "compound"),
        )
    ]
