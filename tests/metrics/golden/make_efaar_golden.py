"""Make efaar_golden.json: recall of known relationships by EFAAR_benchmarking 1.0.

    pip install numpy pandas scipy scikit-learn joblib
    pip install --no-deps efaar_benchmarking==1.0 && python make_efaar_golden.py

Its energy distances need torch and geomloss, which the recall does not touch: both are stood in
for by empty modules.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

OUT = Path(__file__).with_name("efaar_golden.json")
THRESHOLDS = [(0.05, 0.95), (0.1, 0.9), (0.2, 0.7)]


def main() -> None:
    """Score a made map of 60 genes against pairs, some of them named twice or not in the map."""
    for name, attribute in (("torch", "from_numpy"), ("geomloss", "SamplesLoss")):
        sys.modules[name] = ModuleType(name)
        setattr(sys.modules[name], attribute, None)
    from efaar_benchmarking.benchmarking import (  # type: ignore[import-not-found]
        known_relationship_benchmark,
    )

    rng = np.random.default_rng(3)
    genes = [f"G{i:02d}" for i in range(60)]
    pathway = np.arange(60) % 12
    x = np.round(rng.normal(size=(12, 8))[pathway] + 1.2 * rng.normal(size=(60, 8)), 3)
    pairs = [
        (genes[i], genes[j]) for i in range(60) for j in range(60) if i % 12 == j % 12 and i <= j
    ]
    kept = [pairs[i] for i in rng.permutation(len(pairs))[:90]]
    kept += [(b, a) for a, b in kept[:5]] + [("G01", "X99"), ("X99", "X98"), ("G02", "G02")]
    with tempfile.TemporaryDirectory() as folder:
        table = pd.DataFrame(kept, columns=["entity1", "entity2"])
        table.to_csv(Path(folder) / "made.txt", index=False)
        found = known_relationship_benchmark(
            Bunch(features=pd.DataFrame(x), metadata=pd.DataFrame({"gene": genes})),
            "gene",
            ["made"],
            THRESHOLDS,
            benchmark_data_dir=folder,
        ).iloc[0]
    golden = {
        "efaar_benchmarking": version("efaar_benchmarking"),
        "genes": genes,
        "features": x.tolist(),
        "pairs": kept,
        "null_size": int(found["null_distribution_size"]),
        "query_size": int(found["query_distribution_size"]),
        "recall": [[low, high, float(found[f"recall_{low}_{high}"])] for low, high in THRESHOLDS],
    }
    OUT.write_text(json.dumps(golden) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
