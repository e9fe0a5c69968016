"""Spherize of pycytominer 1.7.1 on a small table: `python make_spherize_golden.py`.

Not run by the tests; they read the JSON beside it. Also run with 1.7.0, to keep how far that
version's covariance was from the identity.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from pycytominer.operations.transform import Spherize

METHODS = {"pca": "PCA", "zca": "ZCA", "pca_cor": "PCA-cor", "zca_cor": "ZCA-cor"}


def main() -> None:
    """Write the table, and what each method makes of it."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5)) * [1, 2, 5, 0.5, 1] + [3, 0, -7, 1, 0]
    x = x.round(3)
    table = pd.DataFrame(x.astype(np.float64))
    made, off = {}, {}
    for ours, theirs in METHODS.items():
        y = Spherize(method=theirs, return_numpy=True).fit(table).transform(table)
        made[ours] = y.tolist()
        off[ours] = float(np.abs(np.cov(y, rowvar=False) - np.eye(5)).max())
    path = Path(__file__).with_name("spherize_golden.json")
    note = json.loads(path.read_text()) if path.exists() else {}
    note.setdefault("covariance_error", {})[version("pycytominer")] = off
    if version("pycytominer") == "1.7.1":
        note |= {"x": x.tolist(), "made": made}
    path.write_text(json.dumps(note) + "\n")


if __name__ == "__main__":
    main()
