"""Silhouette: are rows nearer to their own group than to the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.grouping import By, Grouped, Rows, grouped
from phenolens.statistics.chance import chance
from phenolens.statistics.ties import rounding

_BLOCK = 16_000_000  # distances held at a time
_Parts = list[Int64[np.ndarray, " _"]]


@dataclass(frozen=True, kw_only=True)
class Silhouette:
    """Mean silhouette width of the groups of a column: batches, or mechanisms.

    Rousseeuw 1987: s = (b - a) / max(a, b), with a the mean distance of a row to the others of
    its group and b to the nearest other group; a row alone in its group has s = 0. From -1 to 1.
    By batch, 0 or a little below is what mixed batches give and 1 are batches apart; by the MoA,
    1 is what one hopes for. The figures give both as the field scales them (Luecken et al. 2022,
    scib): `separation` = (s + 1) / 2 and `mixing` = 1 - |s|.

    It compares means of distances, so two batches that interleave as stripes look mixed, and
    groups of unlike width or shape look worse than they are. With few features that matter among
    many that do not, every s is near 0. It costs all pairs for `euclidean`, and next to nothing
    for `cosine`, whose mean distance to a group is that to its mean direction.

    Attributes:
        by: Column of the groups, or several whose combinations are the groups.
        same: Compare only rows that share this column, as scib's batch silhouette does for each
            cell type: batches of one compound. `mixing` and `separation` are then means over
            its values of their means.
        rows: Treated rows, negative controls only, or all.
        distance: Cosine (1 - cos) or euclidean.
        permutations: How many shuffles of the groups make the null; each costs one more pass.
        seed: Seed of the shuffles and of the interval.
    """

    title: ClassVar[str] = "Silhouette"
    better: ClassVar[str] = "low"
    good: ClassVar[str] = "About 0 for a batch or plate: they overlap. Near 1 for a mechanism."
    chance: ClassVar[str] = "about 0 or a little below"
    blind: ClassVar[str] = (
        "shifts that are small compared with the biology, and batches interleaved as stripes"
    )

    by: By = "batch"
    same: str | None = None
    rows: Rows = "treated"
    distance: Distance = "cosine"
    permutations: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score: `value` is each row's silhouette width.

        Raises:
            InputError: No such column, fewer than two groups, every row alone in its group, or a
                feature that is not finite.
        """
        found = grouped(profiles, self.by, self.rows, "silhouette", self.distance)
        notes = list(found.notes)
        parts, part = self._parts(found, notes)
        width = np.full(len(found), np.nan)
        totals = np.zeros(self.permutations)
        for inside in parts:
            code = np.unique(found.code[inside], return_inverse=True)[1]
            width[inside] = widths(found.x[inside], code, self.distance)
        kept = np.flatnonzero(np.isfinite(width))
        for i, code in enumerate(self._shuffles(found, parts)):
            totals[i] = _mean_width(found.x, code, parts, self.distance)
        value = float(width[kept].mean())
        rows = found.rows(self.by).iloc[kept].assign(value=width[kept]).reset_index(drop=True)
        low, high = found.only(kept).interval(width[kept], self.seed)
        return Score(
            name="silhouette",
            value=value,
            low=low,
            high=high,
            n=len(kept),
            **chance(value, totals),
            rows=rows,
            figures={
                "separation": _mean_of_means((width[kept] + 1) / 2, part[kept]),
                "mixing": _mean_of_means(1 - np.abs(width[kept]), part[kept]),
                "groups": float(len(found.names)),
            },
            notes=tuple(notes),
        )

    def _parts(self, found: Grouped, notes: list[str]) -> tuple[_Parts, Int64[np.ndarray, " n"]]:
        """Return the rows of each part in which groups are compared, and each row's part."""
        if self.same is None:
            part = np.zeros(len(found), dtype=np.int64)
        else:
            text = found.used.column(self.same, "silhouette").astype("string")
            part = pd.factorize(text, sort=True)[0].astype(np.int64)
        parts, lost = [], int((part < 0).sum())
        for one in range(part.max() + 1):
            inside = np.flatnonzero(part == one)
            groups = len(np.unique(found.code[inside]))
            if 1 < groups < len(inside):
                parts.append(inside)
            else:
                lost += len(inside)
        if not parts:
            raise InputError(
                "silhouette needs two groups, at least one of them with two rows"
                + (f", within one {self.same}" if self.same else ""),
                fix="group by another column",
            )
        if lost:
            notes.append(
                f"rows left out, whose {self.same} is missing, is in one group only, or has "
                f"one row per group: {lost}"
            )
        return parts, part

    def _shuffles(self, found: Grouped, parts: _Parts) -> Iterator[Int64[np.ndarray, " n"]]:
        """Yield the groups shuffled between rows or compounds, or inside each part alone."""
        if self.same is None:
            yield from found.shuffles(self.permutations, self.seed)
            return
        rng = np.random.default_rng(self.seed)
        for _ in range(self.permutations):
            code = found.code.copy()
            for inside in parts:
                code[inside] = rng.permutation(code[inside])
            yield code


def _mean_width(
    x: Float64[np.ndarray, "n d"],
    code: Int64[np.ndarray, " n"],
    parts: _Parts,
    distance: Distance,
) -> float:
    """Return the mean width over the rows of all parts."""
    total = 0.0
    for inside in parts:
        shuffled = np.unique(code[inside], return_inverse=True)[1]
        total += float(widths(x[inside], shuffled, distance).sum())
    return total / sum(map(len, parts))


def widths(
    x: Float64[np.ndarray, "n d"], code: Int64[np.ndarray, " n"], distance: Distance
) -> Float64[np.ndarray, " n"]:
    """Return each row's silhouette width; 0 for a row alone in its group.

    Args:
        x: Features.
        code: Each row's group, 0 to groups - 1, every one of them seen.
        distance: Cosine or euclidean.
    """
    size = np.bincount(code)
    total = _to_groups(x, code, distance)
    own = np.arange(len(x)), code
    a = total[own] / np.maximum(size[code] - 1, 1)
    mean = total / size
    mean[own] = np.inf
    b = mean.min(axis=1)
    wide = np.maximum(a, b)
    s = np.divide(b - a, wide, out=np.zeros(len(x)), where=wide > 0)
    return np.where(size[code] > 1, s, 0.0)


def _to_groups(
    x: Float64[np.ndarray, "n d"], code: Int64[np.ndarray, " n"], distance: Distance
) -> Float64[np.ndarray, "n g"]:
    """Return the sum of each row's distances to the rows of each group."""
    member = np.zeros((len(x), int(code.max()) + 1))
    member[np.arange(len(x)), code] = 1.0
    if distance == "cosine":  # the sum of 1 - p.q over q is a count less p.(sum of q)
        points = x / np.linalg.norm(x, axis=1, keepdims=True)
        count = member.sum(axis=0)
        apart = count - points @ (points.T @ member)
        return np.where(apart > count * rounding(x.shape[1]), apart, 0.0)
    points = x - x.mean(axis=0)
    squared = (points * points).sum(axis=1)
    total = np.empty(member.shape)
    step = max(1, _BLOCK // len(x))
    for begin in range(0, len(x), step):
        block = slice(begin, begin + step)
        far = squared[block, None] + squared - 2 * (points[block] @ points.T)
        # Equal rows are at no distance: else it would be a ratio of rounding errors.
        far[far <= squared[block, None] * rounding(x.shape[1])] = 0.0
        total[block] = np.sqrt(far, out=far) @ member
    return total


def _mean_of_means(value: Float64[np.ndarray, " k"], part: Int64[np.ndarray, " k"]) -> float:
    """Return the mean over the parts of each one's mean."""
    count = np.bincount(part)
    sums = np.bincount(part, weights=value)
    return float((sums[count > 0] / count[count > 0]).mean())
