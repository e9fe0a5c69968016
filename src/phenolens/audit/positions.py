"""Positions: whether compounds keep their well position on all plates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.predictability import Prediction
from phenolens.core.reading.flags import control_rows

CONFOUNDED = 0.5  # of the way from chance to 1, of same-compound pairs at one position


@dataclass(frozen=True, slots=True)
class Positions:
    """How often a compound's wells on two plates are at one position.

    Attributes:
        why_not: Why there is nothing to compute.
        value: Share of pairs of wells, of one compound on two plates, that are at one position.
        expected: The same for pairs of different compounds.
        pairs: Pairs of wells of one compound on two plates.
        confounded: Whether compound and position cannot be separated.
    """

    why_not: str = ""
    value: float = math.nan
    expected: float = math.nan
    pairs: int = 0
    confounded: bool = False


def compounds_by_position(levels: Levels) -> Positions:
    """Return how often a compound's wells on different plates are at one position.

    Expected is what pairs of different compounds do. Where every compound keeps its position,
    replicates also share its effects, and no score of replicates can separate the two.
    """
    wells = levels.wells
    if wells is None or not {"plate", "well", "compound"} <= set(wells.meta.columns):
        return Positions("needs wells with plate, well and compound")
    meta = wells.meta
    usable = meta["compound"].notna() & meta["well"].notna() & meta["plate"].notna()
    if "control" in meta.columns:
        usable &= ~control_rows(meta)
    meta = meta[usable].reset_index(drop=True)
    pairs, shared, others, by_chance = _pairs(meta)
    if not pairs or not others:
        return Positions("no compound is on two plates")
    value, expected = shared / pairs, by_chance / others
    confounded = bool(value - expected > CONFOUNDED * (1 - expected))
    return Positions("", value, expected, int(pairs), confounded)


def _pairs(meta: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return pairs of wells on two plates: all, then at one position, of one compound; of two."""
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


def judge_position(found: Positions, probes: Sequence[Prediction]) -> list[Finding]:
    """Return what it means that compounds keep their position, or do not.

    Args:
        found: Whether they do.
        probes: Whether the position can be predicted from controls.
    """
    if found.why_not:
        return []
    text = (
        f"{found.value:.0%} of {found.pairs} pairs of a compound's wells on two plates are at one "
        f"well position; of pairs of different compounds {found.expected:.0%} are."
    )
    if not found.confounded:
        return [
            Finding(
                key="position_confounded", severity="fine", columns=("well", "compound"),
                title="compounds change their well position", evidence=text,
            )
        ]  # fmt: skip
    seen = [
        p for p in probes
        if p.on == "controls" and p.column in {"row", "column", "well"}
        and not p.why_not and p.p <= 0.01
    ]  # fmt: skip
    best = max(seen, key=lambda p: p.value - p.chance, default=None)
    if best is not None:
        text += (
            f" And the position can be seen: from controls, {best.column} is predicted with "
            f"balanced accuracy {best.value:.2f} (shuffled {best.chance:.2f})."
        )
    return [
        Finding(
            key="position_confounded",
            severity="leak" if best is not None else "warning",
            title="well position is confounded with compound",
            evidence=text,
            fix=(
                "Replicate scores are upper bounds: regress the position out, or compare with "
                "controls at the same positions; scores between compounds (NSC) suffer less."
            ),
            columns=("well", "compound"),
        )
    ]
