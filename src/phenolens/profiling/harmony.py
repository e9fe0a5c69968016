"""Harmony: mix the batches within soft clusters of rows, by harmonypy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float, Int64

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.corrections.explained import pooled_share
from phenolens.corrections.invariant import check_invariant
from phenolens.grouping.grouped import row_hashes
from phenolens.grouping.groups import RowGroups
from phenolens.profiling.base import BaseStep

_TOLERANCE = 1e-3
_ROWS_A_CLUSTER = 30  # as harmonypy: rows / 30 clusters, 100 at most


@dataclass(frozen=True, kw_only=True)
class Harmony(BaseStep):
    """Harmony (Korsunsky et al. 2019): soft clusters that mix batches, then a shift in each.

    Run by harmonypy 2 (`pip install 'phenolens[harmony]'`; GPL, and therefore not installed
    by default). Meant for principal components: clusters are found by cosine, so a feature of
    much larger scale decides alone. It needs no controls and uses neither treatment nor MoA.

    The rows go in sorted by their content: k-means depends on their order, the result of this
    step does not. Harmony's own objective (spread within clusters and uneven mixing) must not have
    risen: checked. The share of the features' variance between batches is measured
    before and after; it falls where batches differ in their means, but Harmony does not promise
    it: it mixes by cosine and cluster by cluster, and distant rows weigh much in a variance.

    With one batch there is nothing to mix: the features stay as they are, and the provenance
    says so. Where a batch holds treatments that no other has, Harmony takes their phenotype for a
    batch effect. The harmonypy before 2 (as in the JUMP recipe, with 300 clusters and 20
    iterations) clusters and regresses differently: the numbers differ.

    Attributes:
        by: Columns whose values are batches; each of several is mixed.
        theta: Weight of the mixing; 0 for none, larger for more even clusters.
        clusters: K; one for every 30 rows and at most 100 unless given.
        iterations: Rounds of clustering and correction, fewer if it settles.
        seed: Of the clusters' first centres.
    """

    by: tuple[str, ...] = ("batch",)
    theta: float = 2.0
    clusters: int | None = None
    iterations: int = 10
    seed: int = 0

    instead: ClassVar[str] = (
        "its shifts exist for the rows it has seen only: apply harmony to all rows together, or "
        "use coral or tvn, which bring a new batch into the space by its controls"
    )

    def __post_init__(self) -> None:
        if not self.by:
            raise InputError("harmony needs at least one column", where="by")
        between(0, 1000, theta=self.theta)
        if self.clusters is not None:
            between(1, MANY, clusters=self.clusters)
        between(1, MANY, iterations=self.iterations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the mixed profiles.

        Raises:
            InputError: harmonypy is not installed, a row is in no batch or in several, there
                are more clusters than rows, or a feature is not finite.
        """
        x = profiles.not_empty("harmony").finite("harmony")
        codes = {
            name: RowGroups.of(profiles, (name,), "harmony").every_row_in_one("harmony").codes
            for name in self.by
        }
        batches = {name: int(c.max()) + 1 for name, c in codes.items()}
        several = {name: c for name, c in codes.items() if batches[name] > 1}
        if not several:
            return profiles.after(self, batches=batches, unchanged="one batch")
        clusters = self.clusters or min(max(1, round(len(x) / _ROWS_A_CLUSTER)), 100)
        if clusters > len(x):
            raise InputError(f"harmony: {clusters} clusters of {len(x)} rows", where="clusters")
        joint = np.stack(list(several.values()))
        order = np.lexsort((*joint, row_hashes(profiles.features)))
        mixed, objective = self._mix(x[order], {n: c[order] for n, c in several.items()}, clusters)
        made = np.empty_like(profiles.features)
        made[order] = mixed
        return profiles.after(
            self,
            features=made,
            batches=batches,
            clusters=clusters,
            rounds=len(objective) - 1,
            objective_rise=check_invariant(
                "harmony's objective", _rise(objective, mixed), _TOLERANCE
            ),
            batch_share_before={n: pooled_share(x, c) for n, c in several.items()},
            batch_share_after={n: pooled_share(made.astype(float), c) for n, c in several.items()},
        )

    def _mix(
        self, x: Float[np.ndarray, "n d"], codes: dict[str, Int64[np.ndarray, " n"]], clusters: int
    ) -> tuple[Float[np.ndarray, "n d"], list[float]]:
        """Return harmonypy's result as rows, and its objective before and after each round."""
        harmonypy = import_extra("harmonypy", needed_by="harmony", extra="harmony")
        # Features in rows: so harmonypy reads a table as high as it is wide the right way round.
        found = harmonypy.run_harmony(
            np.ascontiguousarray(x.T),
            pd.DataFrame(codes),
            list(codes),
            theta=self.theta,
            nclust=clusters,
            max_iter_harmony=self.iterations,
            random_state=self.seed,
            verbose=False,
        )
        return _as_rows(found.Z_corr, found.Z_orig, x), list(found.objective_harmony)


def _rise(objective: list[float], made: Float[np.ndarray, "n d"]) -> float:
    """Return how far the objective has risen, relative to its size; NaN of a result with NaN."""
    if not np.isfinite(made).all():
        return float("nan")
    first, last = objective[0], objective[-1]
    return max(0.0, last - first) / max(abs(first), 1.0)


def _as_rows(
    made: Float[np.ndarray, "a b"], given: Float[np.ndarray, "a b"], x: Float[np.ndarray, "n d"]
) -> Float[np.ndarray, "n d"]:
    """Return harmonypy's result with one row per profile: its versions differ in orientation."""
    for turned, back in ((made, given), (made.T, given.T)):
        if back.shape == x.shape and np.allclose(back, x, rtol=1e-3, atol=1e-4 * np.abs(x).max()):
            return turned
    raise InputError(
        f"harmony: harmonypy returned a table of {made.shape} for one of {x.shape}",
        fix="pip install 'harmonypy>=2'",
    )
