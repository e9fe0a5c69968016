"""Clusters: how clearly the drugs' profiles fall into clusters, one cell line at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.neighbours.cell_lines import rows_by_line
from phenolens.neighbours.known_rows import negative_controls
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.chance import chance
from phenolens.statistics.cluster_sweep import Projection, chosen, sweep
from phenolens.statistics.intervals import interval_of_mean

_NAME = "clusters"
_AVERAGED = (
    "clusters",
    "not_noise",
    "silhouette",
    "calinski_harabasz",
    "davies_bouldin",
    "inverse_davies_bouldin",
    "adjusted_rand",
    "adjusted_mutual_info",
)


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """The chosen clustering of one cell line.

    Attributes:
        line: The cell line; empty where the table has none.
        rows: (n,) rows of the profiles given.
        codes: (n,) cluster of each, the largest first; -1 is noise.
        points: (n, p) the points that were clustered.
        runs: One row per size: `size` and what was measured; `chosen` marks the run.
    """

    line: str
    rows: Int64[np.ndarray, " n"]
    codes: Int64[np.ndarray, " n"]
    points: Float64[np.ndarray, "n p"]
    runs: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """Silhouette of the best clustering of each cell line, by UMAP and HDBSCAN over many sizes.

    The task of Dmitrenko et al. 2022: drug rows of one cell line are laid out by UMAP (two
    dimensions, m neighbours) and clustered by HDBSCAN (at least m rows a cluster), for each m of
    `sizes`; the rule of `chosen` picks one run. They ran m = 10 and 20 too, and discarded m <= 21.
    Where they counted noise as one more cluster in the silhouette and the like, and -1 where there
    was none, here noise is left out of the figures and such runs out of the choice.

    The value is the mean silhouette over cell lines. 1 is compact clusters far apart; what chance
    gives depends on projection and rule (UMAP makes islands of any cloud: 0.3 to 0.5 is common,
    and the rule picks the best), so ask for a null with `permutations`: every feature shuffled
    among the rows. It does not see what the clusters are: plates make clusters as well as drugs
    do. `adjusted_rand` and `adjusted_mutual_info` (0 by chance, 1 perfect) say how they agree with
    `same`, every noise row being a cluster of its own, so that leaving rows out cannot flatter.

    Attributes:
        sizes: m of each run; sizes too large for two clusters are skipped, with a note.
        projection: What is clustered: UMAP's plane, the first two principal components, or (none)
            the features.
        filtered: Whether runs with noise above 33 %, Calinski-Harabasz above 9999 or Davies-Bouldin
            below 0.33 are out of the choice, as in the authors' second paper.
        same: Column that the clusters are compared with; empty: none.
        permutations: Sweeps over shuffled features for the null; each costs as much as the score.
        seed: Of UMAP and the shuffles.
    """

    title: ClassVar[str] = "Clusters (silhouette)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: compact clusters that are far apart."
    chance: ClassVar[str] = (
        "depends on the projection; UMAP of shuffled features often gives 0.3 to 0.5"
    )
    blind: ClassVar[str] = "what makes the clusters: plates do as well as drugs"

    sizes: tuple[int, ...] = (30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150)
    projection: Projection = "umap"
    filtered: bool = False
    same: str = "compound"
    permutations: int = 0
    seed: int = 0

    @classmethod
    def example(cls) -> Clusters:
        """Return one for the contract tests: sizes that suit 72 wells, and no UMAP."""
        return cls(projection="pca", sizes=(5, 8, 12))

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 2:
            raise InputError("must be whole numbers of at least 2", where="sizes")
        between(2, MANY, sizes=max(self.sizes))
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per cell line.

        Raises:
            InputError: No column `same`, a feature that is not finite, too few rows for the
                smallest size, no run with two clusters, or UMAP asked for and not installed.
        """
        if self.same:
            profiles.column(self.same, _NAME)
        found, notes = self.sweep(profiles)
        rows = pd.DataFrame([self._row(profiles, one) for one in found])
        value = float(rows["value"].mean())
        low = high = float("nan")
        if len(rows) > 1:
            values = rows["value"].to_numpy()
            low, high = interval_of_mean(values, rows["cell_line"], seed=self.seed)
        averaged = [name for name in _AVERAGED if name in rows.columns]
        return Score(
            name=_NAME,
            value=value,
            low=low,
            high=high,
            n=len(rows),
            **chance(value, self._null(profiles, found)),
            rows=rows,
            figures={f"{name}_mean": float(rows[name].mean()) for name in averaged}
            | {f"{name}_sd": float(rows[name].std()) for name in averaged},
            notes=tuple(notes),
        )

    def sweep(
        self, profiles: Profiles, needed_by: str = _NAME
    ) -> tuple[list[Clustering], list[str]]:
        """Return the chosen clustering of every cell line, and what was left out.

        Args:
            profiles: Treatments.
            needed_by: The metric that asks, for messages.

        Raises:
            InputError: As in the call, but for `same`.
        """
        x = profiles.finite(needed_by)
        treated = ~negative_controls(profiles)
        order = canonical_order(profiles)
        order = order[treated[order]]
        lines, notes = rows_by_line(profiles.meta.iloc[order])
        if not treated.all():
            notes.insert(0, f"negative controls left out: {int((~treated).sum())}")
        found = []
        for line, place in lines.items():
            rows = order[place]
            one = self._best(x[rows], rows, line)
            said = f" in {line}" if line else ""
            skipped = [str(size) for size in self.sizes if 2 * size > len(rows)]
            if skipped:
                few = f"sizes skipped, too large for two clusters of {len(rows)} rows{said}"
                notes.append(f"{few}: {', '.join(skipped)}")
            if one is None:
                notes.append(f"no size gave two clusters{said}")
            else:
                found.append(one)
        if not found:
            raise InputError(
                f"{needed_by}: no size gave two clusters of {int(treated.sum())} rows",
                fix="give smaller `sizes`",
            )
        return found, notes

    def _best(
        self, x: Float64[np.ndarray, "n d"], rows: Int64[np.ndarray, " n"], line: str
    ) -> Clustering | None:
        """Return the chosen run over these rows; None where no run may be chosen."""
        made = list(sweep(x, tuple(sorted(set(self.sizes))), self.projection, self.seed))
        if not made:
            return None
        runs = pd.DataFrame([{"size": run.size, **run.figures} for run in made])
        best = chosen(runs, filtered=self.filtered)
        if best is None:
            return None
        runs["chosen"] = np.arange(len(runs)) == best
        return Clustering(line, rows, made[best].codes, made[best].points, runs)

    def _row(self, profiles: Profiles, one: Clustering) -> dict[str, object]:
        """Return the row of one cell line."""
        run = one.runs[one.runs["chosen"]].iloc[0].drop("chosen").to_dict()
        row: dict[str, object] = {"cell_line": one.line} if one.line else {}
        row |= {"rows": len(one.rows), **run, "not_noise": 1 - run["noise"]}
        row["size"] = int(run["size"])
        if self.same:
            label = Values.of(profiles.meta[self.same].iloc[one.rows]).codes
            known = label >= 0
            codes = np.where(one.codes >= 0, one.codes, len(one.codes) + np.arange(len(one.codes)))
            row["adjusted_rand"] = adjusted_rand_score(label[known], codes[known])
            row["adjusted_mutual_info"] = adjusted_mutual_info_score(label[known], codes[known])
        return {**row, "value": run["silhouette"]}

    def _null(self, profiles: Profiles, found: list[Clustering]) -> Float64[np.ndarray, " p"]:
        """Return the value with every feature shuffled among a line's rows, once per permutation.

        A line in which nothing clusters then counts 0.
        """
        x = profiles.finite(_NAME) if self.permutations else np.empty((0, 0))
        null = np.zeros(self.permutations)
        for i in range(self.permutations):
            for k, one in enumerate(found):
                rng = np.random.default_rng((self.seed, i, k))
                shuffled = rng.permuted(x[one.rows], axis=0)
                best = self._best(shuffled, one.rows, one.line)
                if best is not None:
                    run = best.runs[best.runs["chosen"]]
                    null[i] += float(run["silhouette"].iloc[0]) / len(found)
        return null
