"""From average precisions of queries to groups' means, their probability, and one score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64
from scipy import sparse
from scipy.stats import false_discovery_control

from phenolens.core.score import Score
from phenolens.core.values import SEPARATOR
from phenolens.neighbours.ranking import Rankings
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.random_ranking import Chance, expected

_SCORES = 1000  # random scores, for the score's own chance level
_RETRIEVED = 0.05  # false discovery rate under which a group counts as retrieved


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The values of a column, and which rows hold them.

    Attributes:
        column: Its name.
        names: (g,) the values, sorted.
        members: (n, g) which row holds which: one, several (`a|b`), or none.
        compound: (g,) the one compound of all that hold a value, else the value itself.
    """

    column: str
    names: np.ndarray
    members: sparse.csr_array
    compound: np.ndarray

    @classmethod
    def of(cls, meta: pd.DataFrame, column: str) -> Groups:
        """Return the groups of a column; a blank or missing cell is in none."""
        several = meta[column].astype("string").str.split(SEPARATOR, regex=False)
        cell = several.reset_index(drop=True).explode().str.strip()
        cell = cell[cell.notna() & (cell != "")]
        code, names = pd.factorize(cell, sort=True)
        shape = (len(meta), len(names))
        ones = np.ones(len(code), dtype=np.int32)
        members = sparse.csr_array((ones, (cell.index.to_numpy(), code)), shape=shape)
        members.data[:] = 1  # a value named twice in one cell counts once
        found = np.asarray(names, dtype=object)
        compound = found.copy()
        if "compound" in meta.columns and column != "compound":
            told = meta["compound"].to_numpy()[cell.index.to_numpy()]
            by_group = pd.Series(told, dtype=object).groupby(code, observed=True)
            one = by_group.nunique(dropna=False).to_numpy() == 1
            compound[one] = by_group.first().to_numpy()[one]
        return cls(column, found, members, compound)


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """Groups with their mean average precision.

    Attributes:
        rows: One row per group: its name, `value`, `p`, `q`, `n` queries, `chance`.
        unit: (g,) what each group is drawn with, for the interval.
        average_precision: (q,) of every query.
        scores: The mean over groups, where every group has that of random rankings.
    """

    rows: pd.DataFrame
    unit: pd.Series
    average_precision: Float64[np.ndarray, " q"]
    scores: Float64[np.ndarray, " s"]

    @classmethod
    def of(
        cls, rankings: Rankings, groups: Groups, null_size: int, seed: int, *, by_value: bool
    ) -> Retrieved:
        """Return the groups of these rankings.

        Args:
            rankings: Of all queries.
            groups: Of the rows; of the value a query asks for, where it asks for one.
            null_size: Random rankings for a group's probability.
            seed: Of the random rankings.
            by_value: Whether the queries ask for one value each.
        """
        if by_value:
            query, group = np.arange(len(rankings)), rankings.value
        else:
            held = groups.members[rankings.row].tocoo()
            query, group = held.row.astype(np.int64), held.col.astype(np.int64)
        order = np.lexsort((query, group))
        query, group = query[order], group[order]
        some, start, count = np.unique(group, return_index=True, return_counts=True)
        # Summed in the order of the rows, which the caller sorted.
        value = np.add.reduceat(rankings.average_precision[query], start) / count
        usual = expected(rankings.positives, rankings.total)[query]
        p, scores = _probabilities(
            value,
            [query[i : i + n] for i, n in zip(start, count, strict=True)],
            rankings,
            null_size,
            seed,
        )
        rows = pd.DataFrame({groups.column: groups.names[some]})
        compound = groups.compound[some]
        if groups.column != "compound" and not (compound == groups.names[some]).all():
            rows["compound"] = compound
        rows = rows.assign(
            value=value,
            p=p,
            q=false_discovery_control(p),
            n=count,
            chance=np.add.reduceat(usual, start) / count,
        )
        return cls(rows, pd.Series(compound), rankings.average_precision, scores)

    def score(self, name: str, notes: tuple[str, ...]) -> Score:
        """Return the mean over groups, with an interval over compounds and its chance level."""
        value = self.rows["value"].to_numpy(dtype=np.float64)
        low, high = interval_of_mean(value, self.unit)
        usual = self.rows["chance"]
        mean = float(value.mean())
        return Score(
            name=name,
            value=mean,
            low=low,
            high=high,
            n=len(self.rows),
            **{**chance(mean, self.scores), "null": float(usual.mean())},
            rows=self.rows,
            figures={
                "fraction_retrieved": float((self.rows["q"] < _RETRIEVED).mean()),
                "fraction_p_below_0.05": float((self.rows["p"] < _RETRIEVED).mean()),
                "median": float(np.median(value)),
                "normalized": float(((value - usual) / (1 - usual)).mean()),
                "mean_average_precision_of_queries": float(self.average_precision.mean()),
                "queries": float(len(self.average_precision)),
            },
            notes=notes,
        )


def _probabilities(
    value: Float64[np.ndarray, " g"],
    queries: list[np.ndarray],
    rankings: Rankings,
    null_size: int,
    seed: int,
) -> tuple[Float64[np.ndarray, " g"], Float64[np.ndarray, " s"]]:
    """Return each group's probability under random rankings, and random scores.

    As in copairs, queries of one group with the same counts share the random ranking, others
    have their own. Groups of the same make-up have the same null, made once.
    """
    counts = np.stack([rankings.positives, rankings.total], axis=1)
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    made: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {}
    for g, query in enumerate(queries):
        some, count = np.unique(kind[query], return_counts=True)
        made.setdefault((tuple(some.tolist()), tuple(count.tolist())), []).append(g)
    known: dict[int, Chance] = {}
    p = np.empty(len(value))
    total = np.zeros(_SCORES)
    rng = np.random.default_rng(seed)
    for (own, times), members in sorted(made.items()):
        for k in own:
            if k not in known:
                known[k] = Chance.of(int(kinds[k, 0]), int(kinds[k, 1]), null_size, seed)
        null = _together([known[k] for k in own], times, null_size, seed)
        p[members] = null.p(value[members])
        total += null.values[rng.integers(0, len(null.values), (_SCORES, len(members)))].sum(axis=1)
    return p, total / len(value)


def _together(parts: list[Chance], times: tuple[int, ...], size: int, seed: int) -> Chance:
    """Return the mean over queries of several counts, those with the same counts alike."""
    if len(parts) == 1:
        return parts[0]
    rng = np.random.default_rng(seed)
    drawn = np.zeros(size)
    for part, n in zip(parts, times, strict=True):
        drawn += n * part.draw(size, rng)
    return Chance(drawn / sum(times), exact=False)
