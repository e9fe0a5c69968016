"""ClusterEnrichment: which compounds or mechanisms a cluster holds more of than chance would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Int64
from scipy.stats import false_discovery_control, hypergeom

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import above
from phenolens.core.score import Score
from phenolens.core.values import SEPARATOR, Values
from phenolens.metrics.clusters import Clusters
from phenolens.neighbours.cell_lines import rows_by_line
from phenolens.neighbours.known_rows import negative_controls
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.intervals import wilson

_NAME = "cluster_enrichment"
_SWEEP = Clusters()


@dataclass(frozen=True, kw_only=True)
class ClusterEnrichment:
    """Share of clusters in which some value (a compound, a MoA) is enriched.

    Fisher's exact test, one-sided, of every cluster and value of a cell line: is the value
    commoner in the cluster than outside (noise is outside)? Benjamini & Hochberg 1995 over all
    tests of the table at once. (The papers' code multiplies by a count of drugs again and again.)

    `rows` is one a test: how many rows have both, the odds ratio (infinite where nothing of the
    value is outside, or everything of the cluster is the value), p, q, and `value`, 1 where
    q < `level`. 1 is every cluster enriched in something; chance gives 0 in nineteen tables of
    twenty. It takes rows for independent: fields of one well are not, and make p too small, so
    give it wells. It does not see why: where a compound is on one plate only, a cluster of that
    plate is enriched in it.

    Attributes:
        column: Whose values are counted; a cell `a|b` counts for both.
        clusters: Column that says each row's cluster (missing: noise); empty: those of `sweep`.
        sweep: How clusters are found where no column says them.
        level: q below which a value counts as enriched.
    """

    title: ClassVar[str] = "Cluster enrichment"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: every cluster is enriched in some value of the column."
    chance: ClassVar[str] = "0 in nineteen tables of twenty"
    chance_level: ClassVar[float] = 0.0
    blind: ClassVar[str] = (
        "why a value is enriched: a compound on one plate only is enriched in that plate's cluster"
    )
    is_mean: ClassVar[bool] = False

    column: str = "compound"
    clusters: str = ""
    sweep: Clusters = _SWEEP
    level: float = 0.05

    def __post_init__(self) -> None:
        above(0, 1, level=self.level)

    @classmethod
    def example(cls) -> ClusterEnrichment:
        """Return one for the contract tests: the sweep of a small table."""
        return cls(sweep=Clusters.example())

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per test.

        Raises:
            InputError: No such column, no row with both a value and a cluster, or as in `clusters`.
        """
        profiles.column(self.column, _NAME)
        found, notes = self._clusters(profiles)
        tables = []
        lost = 0
        for line, rows, codes in found:
            cells = profiles.meta[self.column].iloc[rows]
            known = Values.of(cells).known
            lost += int((~known).sum())
            table = fisher_tests(cells[known], codes[known], self.column)
            tables.append(table.assign(cell_line=line) if line else table)
        table = pd.concat(tables, ignore_index=True)
        if not len(table):
            raise InputError(f"{_NAME}: no row has both a {self.column} and a cluster")
        if lost:
            notes.append(f"rows without {self.column} left out: {lost}")
        where = [c for c in ("cell_line", "cluster") if c in table.columns]
        told = [*where, *(c for c in table.columns if c not in where)]
        table = table.sort_values([*where, self.column], kind="stable")[told]
        table = table.reset_index(drop=True)
        table["q"] = false_discovery_control(table["p"])
        table["value"] = (table["q"] < self.level).astype(np.int64)
        return self._score(table, where, notes)

    def _score(self, table: pd.DataFrame, where: list[str], notes: list[str]) -> Score:
        enriched = table.groupby(where, observed=True)["value"].max()
        named = table.groupby(self.column, observed=True)["value"].max()
        low, high = wilson(int(enriched.sum()), len(enriched))
        return Score(
            name=_NAME,
            value=float(enriched.mean()),
            low=low,
            high=high,
            n=len(table),
            rows=table,
            figures={
                "clusters": float(len(enriched)),
                "enriched_clusters": float(enriched.sum()),
                "tests": float(len(table)),
                "enriched_tests": float(table["value"].sum()),
                "values_enriched": float(named.mean()),
            },
            notes=tuple(notes),
        )

    def _clusters(
        self, profiles: Profiles
    ) -> tuple[list[tuple[str, Int64[np.ndarray, " n"], np.ndarray]], list[str]]:
        """Return each cell line, its rows and their cluster (missing: none), and what is left out.

        Clusters are numbers of a sweep, or the values of the column.
        """
        if not self.clusters:
            found, notes = self.sweep.sweep(profiles, _NAME)
            made = []
            for one in found:
                codes = one.codes.astype(object)
                codes[one.codes < 0] = None
                made.append((one.line, one.rows, codes))
            return made, notes
        cluster = profiles.column(self.clusters, _NAME)
        values = cluster.where(Values.of(cluster).known, None).to_numpy(dtype=object)
        control = negative_controls(profiles)
        order = canonical_order(profiles)
        order = order[~control[order]]
        notes = [f"negative controls left out: {int(control.sum())}"] if control.any() else []
        lines, said = rows_by_line(profiles.meta.iloc[order])
        rows = {line: order[place] for line, place in lines.items()}
        return [(line, of, values[of]) for line, of in rows.items()], [*notes, *said]


def fisher_tests(cells: pd.Series, clusters: np.ndarray, column: str) -> pd.DataFrame:
    """Return Fisher's one-sided test of every cluster and value.

    With a rows that have both, p is the chance of a or more among the cluster's rows when as many
    are drawn from all: the upper tail of the hypergeometric.

    Args:
        cells: Each row's value, or values (`a|b`).
        clusters: Each row's cluster; None: in no cluster.
        column: Name of the values' column in the result.
    """
    split = cells.astype(str).reset_index(drop=True).str.split(SEPARATOR, regex=False)
    value = split.explode().str.strip()
    value = value[value != ""]
    long = pd.DataFrame({"row": value.index, column: value.to_numpy()}).drop_duplicates()
    long["cluster"] = clusters[long["row"].to_numpy()]
    count = pd.crosstab(long["cluster"], long[column])
    count = count.reindex(columns=sorted(long[column].unique()), fill_value=0)
    a = count.to_numpy()
    size = pd.Series(clusters).value_counts().reindex(count.index).to_numpy()[:, None]
    held = long[column].value_counts().reindex(count.columns).to_numpy()[None]
    n = len(cells)
    outside = n - size - held + a
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = a * outside / ((size - a) * (held - a))
    cluster, named = np.indices(a.shape)
    return pd.DataFrame(
        {
            "cluster": count.index.to_numpy()[cluster.ravel()],
            column: count.columns.to_numpy()[named.ravel()],
            "both": a.ravel(),
            "in_cluster": np.broadcast_to(size, a.shape).ravel(),
            "of_value": np.broadcast_to(held, a.shape).ravel(),
            "rows": n,
            "odds_ratio": odds.ravel(),
            "p": hypergeom.sf(a - 1, n, held, size).ravel(),
        }
    )
