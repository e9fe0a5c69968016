"""Write scib_golden.json: what scib-metrics 0.5.10 says of one made table.

    pip install scib-metrics==0.5.10 && python make_scib_golden.py

150 rows of 3 batches and 5 kinds in 4 features, 3 decimals each, so that the table itself can
stand in the file. Neighbours are euclidean, the row itself among the k, as the package counts.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scib_metrics import (  # type: ignore[import-not-found]
    clisi_knn,
    graph_connectivity,
    ilisi_knn,
    kbet,
    silhouette_batch,
    silhouette_label,
)
from scib_metrics.nearest_neighbors import (  # type: ignore[import-not-found]
    NeighborsResults,
)
from sklearn.neighbors import NearestNeighbors


def neighbours(x: np.ndarray, k: int) -> NeighborsResults:
    far, index = NearestNeighbors(n_neighbors=k).fit(x).kneighbors(x)
    return NeighborsResults(indices=index, distances=far)


def main() -> None:
    rng = np.random.default_rng(0)
    batch, kind = rng.integers(0, 3, 150), rng.integers(0, 5, 150)
    x = 2 * rng.normal(size=(5, 4))[kind] + rng.normal(size=(3, 4))[batch]
    x = np.round(x + rng.normal(size=(150, 4)), 3)
    accepted, statistic, p = kbet(neighbours(x, 12), batch)
    said = {
        "kbet": float(accepted),
        "kbet_p": np.asarray(p, dtype=float).round(6).tolist(),
        "kbet_statistic_mean": float(np.mean(statistic)),
        "silhouette_batch": float(silhouette_batch(x, kind, batch)),
        "silhouette_label": float(silhouette_label(x, kind)),
        "silhouette_batch_cosine": float(silhouette_batch(x, kind, batch, metric="cosine")),
        "graph_connectivity": float(graph_connectivity(neighbours(x, 6), kind)),
        "graph_connectivity_batch": float(graph_connectivity(neighbours(x, 3), batch)),
        "ilisi": float(ilisi_knn(neighbours(x, 91), batch, perplexity=30)),
        "clisi": float(clisi_knn(neighbours(x, 91), kind, perplexity=30)),
    }
    table = {"x": x.tolist(), "batch": batch.tolist(), "kind": kind.tolist()}
    path = Path(__file__).with_name("scib_golden.json")
    path.write_text(json.dumps({**table, **said}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
