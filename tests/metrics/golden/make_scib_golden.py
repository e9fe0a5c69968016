"""Write scib_golden.json: what scib-metrics 0.5.10 and scib 1.1.7 say of one made table.

    pip install scib-metrics==0.5.10 scanpy==1.11.5 deprecated igraph leidenalg pydot
    pip install --no-deps scib==1.1.7
    python make_scib_golden.py

150 rows of 3 batches and 5 kinds in 4 features, 3 decimals each, so that the table itself can
stand in the file. Neighbours are euclidean but for scib's connectivity (cosine, as Arevalo et al.
2024 have it); the row itself is among the k, as both packages count.
"""

from __future__ import annotations

import json
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import scanpy
from scib.metrics import graph_connectivity  # type: ignore[import-not-found]
from scib_metrics import (  # type: ignore[import-not-found]
    clisi_knn,
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


def connected(x: np.ndarray, kind: np.ndarray, k: int) -> float:
    names = [str(i) for i in range(len(x))]
    obs = pd.DataFrame({"kind": pd.Categorical(kind.astype(str))}, index=names)
    table = anndata.AnnData(x.astype(np.float32), obs=obs)
    scanpy.pp.neighbors(table, use_rep="X", n_neighbors=k, metric="cosine")
    return float(graph_connectivity(table, label_key="kind"))


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
        "graph_connectivity": {str(k): connected(x, kind, k) for k in (3, 4, 6)},
        "ilisi": float(ilisi_knn(neighbours(x, 91), batch, perplexity=30)),
        "clisi": float(clisi_knn(neighbours(x, 91), kind, perplexity=30)),
    }
    table = {"x": x.tolist(), "batch": batch.tolist(), "kind": kind.tolist()}
    path = Path(__file__).with_name("scib_golden.json")
    path.write_text(json.dumps({**table, **said}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
