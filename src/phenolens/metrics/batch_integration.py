"""BatchIntegration: mixing of batches and keeping of biology in one figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, between
from phenolens.core.score import Score
from phenolens.metrics.average_precision import AveragePrecision
from phenolens.metrics.kbet import Kbet
from phenolens.metrics.lisi import Lisi
from phenolens.metrics.silhouette import Silhouette
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.graph_connectivity import graph_connectivity
from phenolens.neighbours.grouping import Grouped, grouped
from phenolens.neighbours.known_rows import negative_controls
from phenolens.neighbours.nearest import k_nearest
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.chance import chance

Parts = Mapping[str, Mapping[str, float]]

_NAME = "batch_integration"
_STARTS = 4  # of k-means, the best of which is taken


@dataclass(frozen=True, kw_only=True)
class BatchIntegration:
    """0.4 x mixing of batches + 0.6 x keeping of biology, as Arevalo et al. 2024 weigh them.

    Ten components, each from 0 (bad) to 1, and the two means they are weighed by. Of the batch:
    `graph_connectivity`, `kbet`, `lisi_batch` (iLISI), `silhouette_batch` (1 - |s| within each
    compound). Of biology, by default the compound: `nmi` and `ari` of clusters, `silhouette_truth`
    ((s + 1) / 2), `lisi_truth` (cLISI), `map_nonrep` (mAP against other treatments of the plate)
    and `map_controls` (against the plate's controls; left out with a note where there are none).

    Not as published: clusters are k-means with one cluster per compound on the unit sphere, as
    scib-metrics does, since Leiden needs a library we do not ask for; kBET is over all rows, not
    within each compound, whose few wells no chi-square test can judge; LISI is over the 90 nearest
    rows, not over a graph of 25; mAP of another column than the compound asks for another
    compound. So compare chains of steps with each other here, not with the paper's table.

    No component knows 1 or 0 as good or chance: random features mix perfectly and keep nothing,
    and score about 0.5 (the null says how much, on the table's own rows), so read `batch` and
    `biology` apart. Where treatments and batches are confounded, mixing is bought with biology.
    The same wells in all plates count as biology.

    Attributes:
        batch: Column of the batches.
        same: Column of what should be kept: the compound as published, or the MoA.
        distance: Cosine (as published) or euclidean.
        neighbours: Of a row in the graph, itself counted, as scanpy does.
        perplexity: Of LISI.
        batch_weight: Weight of the batch's mean; that of the biology is the rest.
        parts: The compounds are dealt into so many parts for the interval, which leaves out one at
            a time (the delete-a-group jackknife; Shao & Tu 1995); 0 for none.
        draws: How many tables of noise make the null.
        seed: Of k-means, the parts and the noise.
    """

    title: ClassVar[str] = "Batch integration"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: batches are mixed and biology is kept. Read the two means separately."
    )
    chance: ClassVar[str] = "about 0.5: noise mixes perfectly and keeps nothing"
    blind: ClassVar[str] = (
        "whether mixing was paid for with biology, where batches and treatments are confounded"
    )
    is_mean: ClassVar[bool] = False

    batch: str = "batch"
    same: str = "compound"
    distance: Distance = "cosine"
    neighbours: int = 25
    perplexity: float = 30.0
    batch_weight: float = 0.4
    parts: int = 10
    draws: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        between(2, MANY, neighbours=self.neighbours)
        above(1, perplexity=self.perplexity)
        between(0, 1, batch_weight=self.batch_weight)
        between(0, MANY, parts=self.parts, draws=self.draws)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> BatchIntegration:
        """Return a quick one for the contract tests: each part costs as much as the score."""
        return cls(parts=3, draws=2)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the figure, with one row per component.

        Raises:
            InputError: No such column, one batch or one compound only, fewer than 5 rows, or a
                feature that is not finite.
        """
        parts, used, notes = self._parts(profiles)
        value = self._weigh(parts)
        low, high = self._interval(profiles, used, value)
        means = {kind: _mean(values) for kind, values in parts.items()}
        share = {"batch": self.batch_weight, "biology": 1 - self.batch_weight}
        rows = [
            {
                "component": name,
                "of": kind,
                "weight": share[kind] / len(values),
                "value": component,
            }
            for kind, values in parts.items()
            for name, component in values.items()
        ]
        return Score(
            name=_NAME,
            value=value,
            low=low,
            high=high,
            n=len(rows),
            **chance(value, self._null(profiles)),
            rows=pd.DataFrame(rows),
            figures={**means, **parts["batch"], **parts["biology"]},
            notes=tuple(notes),
        )

    def _parts(self, profiles: Profiles) -> tuple[Parts, Profiles, list[str]]:
        """Return the components of batch and biology, the rows they are of, and what to say."""
        profiles.column(self.same, _NAME)
        by_batch = grouped(profiles, self.batch, "treated", _NAME, self.distance)
        by_same = grouped(by_batch.used, self.same, "treated", _NAME, self.distance)
        used, notes = by_same.used, [*by_batch.notes, *by_same.notes]
        if len(used) < 5:
            raise InputError(f"{_NAME} needs at least 5 rows with a {self.batch} and a {self.same}")
        biology = {
            **self._clusters(by_same),
            **self._biology(used),
            **self._retrieval(profiles, used, notes),
        }
        return {"batch": self._batch(used, by_same, notes), "biology": biology}, used, notes

    def _weigh(self, parts: Parts) -> float:
        share = self.batch_weight
        return share * _mean(parts["batch"]) + (1 - share) * _mean(parts["biology"])

    def _interval(self, profiles: Profiles, used: Profiles, value: float) -> tuple[float, float]:
        """Return value -+ 1.96 standard errors, by leaving out a part of the compounds at a time.

        A bootstrap would put rows there twice, each its own nearest neighbour.
        """
        names = sorted(used.meta[self.same].astype(str).unique())
        parts = min(self.parts, len(names) // 2)
        if parts < 2:
            return float("nan"), float("nan")
        dealt = np.random.default_rng(self.seed).permutation(len(names)) % parts
        part = profiles.meta[self.same].astype(str).map(dict(zip(names, dealt, strict=True)))
        left = np.array(
            [
                self._weigh(self._parts(profiles.take((part != k).to_numpy()))[0])
                for k in range(parts)
            ]
        )
        error = float(np.sqrt((parts - 1) / parts * ((left - left.mean()) ** 2).sum()))
        return value - 1.96 * error, value + 1.96 * error

    def _null(self, profiles: Profiles) -> Float64[np.ndarray, " p"]:
        """Return the figure of normal features in place of the table's, once per draw."""
        rng = np.random.default_rng(self.seed)
        ordered = profiles.take(canonical_order(profiles)) if self.draws else profiles
        found = np.empty(self.draws)
        for i in range(self.draws):
            noise = rng.standard_normal(ordered.features.shape, dtype=np.float32)
            found[i] = self._weigh(self._parts(replace(ordered, features=noise))[0])
        return found

    def _batch(self, used: Profiles, by_same: Grouped, notes: list[str]) -> Mapping[str, float]:
        k = min(self.neighbours, len(used)) - 1
        near = k_nearest(by_same.x, k, self.distance)[0]
        lisi = Lisi(
            by=self.batch, distance=self.distance, perplexity=self.perplexity, permutations=0
        )
        found = {
            "graph_connectivity": graph_connectivity(near, by_same.code),
            "kbet": Kbet(by=self.batch, distance=self.distance, permutations=0)(used).value,
            "lisi_batch": lisi(used).figures["mixing"],
        }
        batches = used.meta.groupby(self.same, observed=True)[self.batch].agg(["nunique", "size"])
        if not ((batches["nunique"] > 1) & (batches["nunique"] < batches["size"])).any():
            notes.append(
                f"silhouette_batch left out: no {self.same} is in two batches, with two rows in "
                "one of them"
            )
            return found
        width = Silhouette(by=self.batch, same=self.same, distance=self.distance, permutations=0)
        return {**found, "silhouette_batch": width(used).figures["mixing"]}

    def _biology(self, used: Profiles) -> Mapping[str, float]:
        lisi = Lisi(
            by=self.same, distance=self.distance, perplexity=self.perplexity, permutations=0
        )
        width = Silhouette(by=self.same, distance=self.distance, permutations=0)
        return {
            "silhouette_truth": width(used).figures["separation"],
            "lisi_truth": lisi(used).figures["keeping"],
        }

    def _clusters(self, by_same: Grouped) -> Mapping[str, float]:
        """Return how well as many clusters as there are compounds agree with them."""
        x = by_same.x
        if self.distance == "cosine":
            x = x / np.linalg.norm(x, axis=1, keepdims=True)
        clusters = min(len(by_same.names), len(np.unique(x, axis=0)))
        found = KMeans(clusters, n_init=_STARTS, random_state=self.seed).fit_predict(x)
        return {
            "nmi": float(normalized_mutual_info_score(by_same.code, found)),
            "ari": max(0.0, float(adjusted_rand_score(by_same.code, found))),
        }

    def _retrieval(
        self, profiles: Profiles, used: Profiles, notes: list[str]
    ) -> Mapping[str, float]:
        """Return the mean average precisions, as far as the table has what they need."""
        plate = ("plate",) if "plate" in used.meta.columns else ()
        compounds = "compound" in used.meta.columns and self.same != "compound"
        positives = PairRule(same=(self.same,), differ=("compound",) if compounds else ())
        metric = AveragePrecision(
            positives=positives,
            negatives=PairRule(same=plate, differ=(self.same,)),
            group=self.same,
            distance=self.distance,
            null_size=1,
        )
        found = {"map_nonrep": metric(used).value}
        control = negative_controls(profiles)
        if not control.any():
            notes.append("map_controls left out: the table has no negative controls")
            return found
        controls = profiles.take(np.flatnonzero(control))
        both = Profiles(
            meta=pd.concat([used.meta, controls.meta], ignore_index=True),
            features=np.concatenate([used.features, controls.features]),
            names=used.names,
        )
        against = replace(
            metric, controls=True, negatives=PairRule(same=plate, differ=("control",))
        )
        return {**found, "map_controls": against(both).value}


def _mean(values: Mapping[str, float]) -> float:
    return float(np.mean(list(values.values())))
