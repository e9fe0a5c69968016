"""The test labels, looked at once, when the choice is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd

from phenolens.chain import Tables, built, profile
from phenolens.core.errors import InputError
from phenolens.core.paired import paired_difference
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb
from phenolens.profiling.aggregate import Aggregate
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
    """Return NSC and NSCB of each chain, on the mean profile of each treatment.

    Args:
        profiles: With the answer.
        chains: By what they are called.
        truth: The column of the answer.
        seed: Of the permutations.

    Returns:
        Scores by chain and metric, and in words those that could not be had.
    """
    scores: dict[str, dict[str, Score]] = {}
    notes: dict[str, None] = {}
    for who, chain in chains.items():
        scores[who] = {}
        made = Aggregate(by=("treatment",), missing="drop")(profile(profiles, built(chain)))
        for name, metric in (("nsc", Nsc), ("nscb", Nscb)):
            try:
                scores[who][name] = metric(truth=truth, seed=seed)(made)
            except InputError as error:
                notes[f"{name} could not be had: {error}."] = None
    return scores, list(notes)


def gain(one: Score, other: Score, seed: int) -> dict[str, float]:
    """Return by how much one score exceeds another, treatment by treatment."""
    return asdict(paired_difference(one, other, seed=seed))
