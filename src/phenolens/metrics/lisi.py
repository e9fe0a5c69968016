"""Lisi: how many batches, or mechanisms, a neighbourhood effectively holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, between
from phenolens.core.score import Score
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.grouping import By, Rows, grouped
from phenolens.neighbours.nearest import k_nearest
from phenolens.statistics.ties import reaches

_LEAST_ROWS = 5
_TOLERANCE = 1e-5  # of the entropy, and how often beta is moved: Korsunsky's
_TRIES = 50


@dataclass(frozen=True, kw_only=True)
class Lisi:
    """Local inverse Simpson's index: the effective number of groups around a row.

    Korsunsky et al. 2019 (Harmony). Each row's 3 x perplexity nearest rows are weighted by
    exp(-beta d), beta such that the weights have the perplexity asked; with P_g the weight of
    group g, LISI = 1 / sum_g P_g^2. By batch it is iLISI: 1 where a row sees its own batch only,
    the number of batches where all are seen alike (less where batches differ in size: see the
    null). By the MoA it is cLISI, where 1 is what one hopes for. The figures give both from 0 to
    1, 1 being good, as scib scales the median: `mixing` = (median - 1) / (groups - 1) and
    `keeping` = (groups - median) / (groups - 1).

    It sees neighbourhoods of about `perplexity` rows and nothing larger, and like every figure of
    mixing is highest for pure noise. A column of many values, few rows each, cannot come near 1:
    30 neighbours of a MoA with 6 rows hold others.

    Attributes:
        by: Column of the groups (a batch, a MoA), or several whose combinations are the groups.
        rows: Treated rows, negative controls only, or all.
        distance: Cosine (1 - cos) or euclidean; Harmony's package takes euclidean.
        perplexity: Effective neighbours of a row; at most a third of the others, to which it is
            lowered with a note.
        permutations: How many shuffles of the groups make the null.
        seed: Seed of the shuffles and of the interval.
    """

    title: ClassVar[str] = "LISI"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near the number of batches: all are equally common around a row. Near 1 for a mechanism."
    )
    chance: ClassVar[str] = (
        "the number of batches (a little lower where their sizes differ), which is perfect mixing"
    )
    blind: ClassVar[str] = (
        "effects larger than the neighbourhood, and biology: noise mixes perfectly"
    )

    by: By = "batch"
    rows: Rows = "treated"
    distance: Distance = "cosine"
    perplexity: float = 30.0
    permutations: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        above(1, perplexity=self.perplexity)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the mean LISI: `value` is each row's, from 1 to the number of groups.

        `p` stays empty, since by batch chance is the best there is; the figure `p_of_effect` is
        the share of shuffles with as few groups around a row.

        Raises:
            InputError: No such column, one group only, or a feature that is not finite.
        """
        found = grouped(profiles, self.by, self.rows, "lisi", self.distance, _LEAST_ROWS)
        notes = [*found.notes, "the null shuffles the groups between rows: perfect mixing"]
        perplexity = min(self.perplexity, (len(found) - 1) / 3)
        if perplexity < self.perplexity:
            notes.append(f"perplexity lowered to {perplexity:.3g}, a third of the other rows")
        near, far = k_nearest(found.x, int(3 * perplexity), self.distance)
        weight = perplexity_weights(far, perplexity)
        groups = len(found.names)
        value = inverse_simpson(found.code[near], weight, groups)
        null = np.array(
            [
                inverse_simpson(code[near], weight, groups).mean()
                for code in found.shuffles(self.permutations, self.seed)
            ]
        )
        low, high = found.interval(value, self.seed)
        mixing = (float(np.median(value)) - 1) / (groups - 1)
        drawn = len(null) > 0
        return Score(
            name="lisi",
            value=float(value.mean()),
            low=low,
            high=high,
            n=len(found),
            null=float(null.mean()) if drawn else np.nan,
            null_high=float(np.quantile(null, 0.95)) if drawn else np.nan,
            rows=found.rows(self.by).assign(value=value),
            figures={
                "median": float(np.median(value)),
                "mixing": mixing,
                "keeping": 1 - mixing,
                "groups": float(groups),
                "p_of_effect": (1 + float(reaches(value.mean(), null).sum())) / (1 + len(null)),
            },
            notes=tuple(notes),
        )


def inverse_simpson(
    near: Int64[np.ndarray, "n k"], weight: Float64[np.ndarray, "n k"], groups: int
) -> Float64[np.ndarray, " n"]:
    """Return 1 / sum_g P_g^2 of each row, P_g the weight of its neighbours in group g.

    Args:
        near: The groups of each row's neighbours.
        weight: Of each neighbour; a row's sum to 1.
        groups: How many there are.
    """
    place = near + groups * np.arange(len(near))[:, None]
    share = np.bincount(place.ravel(), weight.ravel(), len(near) * groups).reshape(-1, groups)
    return np.asarray(1 / (share * share).sum(axis=1), dtype=np.float64)


def perplexity_weights(
    far: Float64[np.ndarray, "n k"], perplexity: float
) -> Float64[np.ndarray, "n k"]:
    """Return exp(-beta d) of each row, summing to 1, beta such that the entropy is log perplexity.

    van der Maaten & Hinton 2008 with d for d^2, by bisection as Korsunsky et al. do it: beta
    starts at 1, is doubled or halved until the entropy is passed, and then bisected.
    """
    goal = np.log(perplexity)
    beta = np.ones(len(far))
    below, above = np.full(len(far), -np.inf), np.full(len(far), np.inf)
    weight, entropy = _entropy(far, beta)
    for _ in range(_TRIES):
        open_to = np.abs(entropy - goal) > _TOLERANCE
        if not open_to.any():
            break
        flat = open_to & (entropy > goal)  # too many neighbours count: a larger beta
        steep = open_to & ~flat
        below[flat], above[steep] = beta[flat], beta[steep]
        beta[flat] = _towards(beta[flat], above[flat], 2.0)
        beta[steep] = _towards(beta[steep], below[steep], 0.5)
        weight[open_to], entropy[open_to] = _entropy(far[open_to], beta[open_to])
    return weight


def _towards(
    beta: Float64[np.ndarray, " m"], bound: Float64[np.ndarray, " m"], factor: float
) -> Float64[np.ndarray, " m"]:
    """Return the middle between beta and its bound, or beta times the factor if it has none."""
    bounded: Bool[np.ndarray, " m"] = np.isfinite(bound)
    return np.where(bounded, (beta + np.where(bounded, bound, 0)) / 2, beta * factor)


def _entropy(
    far: Float64[np.ndarray, "m k"], beta: Float64[np.ndarray, " m"]
) -> tuple[Float64[np.ndarray, "m k"], Float64[np.ndarray, " m"]]:
    """Return weights that sum to 1 and their entropy, in nats."""
    # Distances less the smallest: the same weights, and none of their sums underflows.
    scaled = (far - far[:, :1]) * beta[:, None]
    weight = np.exp(-scaled)
    total = weight.sum(axis=1, keepdims=True)
    weight /= total
    return weight, np.log(total[:, 0]) + (weight * scaled).sum(axis=1)
