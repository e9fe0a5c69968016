"""The test labels, looked at once, after the choice is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd

from phenolens.chains.chain import Tables, build_steps, profile
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb
from phenolens.profiling.aggregate import Aggregate
from phenolens.statistics.paired import paired_difference
from phenolens.tune.blind import TRUTHS


def truth_of(meta: pd.DataFrame) -> str | None:
    """Return the column of mechanisms, else of targets, if two rows have a value in it."""
    for name in TRUTHS:
        if name in meta.columns and Values.of(meta[name]).known.sum() > 1:
            return name
    return None


def label_scores(
    profiles: Profiles, chains: Mapping[str, Tables], truth: str, seed: int
) -> tuple[dict[str, dict[str, Score]], list[str]]:
    """Return NSC and NSCB of each chain, on mean profiles.

    NSC is of one profile per treatment. So is NSCB, unless most treatments are in several batches
    and would have no neighbour in another: then it is of one profile per treatment and batch.

    Args:
        profiles: With the answer.
        chains: By name.
        truth: The column of the answer.
        seed: Of the permutations.

    Returns:
        Scores by chain and metric, and notes on what was done and what could not be computed.
    """
    by = _level(profiles.meta)
    notes: dict[str, None] = {}
    if len(by) > 1:
        notes["nscb: one profile per treatment and batch: most treatments are in several."] = None
    scores: dict[str, dict[str, Score]] = {}
    for who, chain in chains.items():
        scores[who] = {}
        made = profile(profiles, build_steps(chain))
        for name, metric, level in (("nsc", Nsc, ("treatment",)), ("nscb", Nscb, by)):
            try:
                rows = Aggregate(by=level, missing="drop")(made)
                scores[who][name] = metric(same=truth, seed=seed)(rows)
            except InputError as error:
                notes[f"{name} could not be computed: {error}."] = None
    return scores, list(notes)


def _level(meta: pd.DataFrame) -> tuple[str, ...]:
    """Return what makes a profile for NSCB."""
    if "batch" not in meta.columns:
        return ("treatment",)
    treated = meta[~control_rows(meta)]
    several = treated.groupby("treatment", observed=True)["batch"].nunique() > 1
    return ("treatment", "batch") if several.mean() >= 0.5 else ("treatment",)


def gain(one: Score, other: Score, seed: int) -> dict[str, float]:
    """Return by how much one score exceeds another, treatment by treatment."""
    return asdict(paired_difference(one, other, seed=seed))
