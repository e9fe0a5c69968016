"""Writes cytominer_eval_golden.json: grit of the LINCS plate, by cytominer-eval 0.1.

Run in an environment of its own: `pip install cytominer-eval==0.1 "numpy<2" "pandas<3"`, then
`python make_cytominer_eval_golden.py FOLDER_OF_REAL_TABLES`.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

for name, kind in {"float": float, "str": str}.items():
    setattr(np, name, kind)  # gone since NumPy 1.24; the package still uses them
evaluate = importlib.import_module("cytominer_eval").evaluate


def main(folder: Path) -> None:
    path = folder / "lincs-a549-one-plate" / "SQ00015054_normalized_feature_select.csv.gz"
    table = pd.read_csv(path)
    names = [c for c in table.columns if not c.startswith("Metadata_")]
    meta = pd.DataFrame(
        {
            "Metadata_profile": table["Metadata_Well"],
            "Metadata_group": table["Metadata_broad_sample"],
        }
    )
    controls = meta["Metadata_profile"][meta["Metadata_group"] == "DMSO"].tolist()
    x = table[names].astype(np.float32).astype(np.float64)
    result = {}
    for summary in ("mean", "median"):
        found = evaluate(
            pd.concat([meta, x], axis=1),
            features=names,
            meta_features=list(meta.columns),
            replicate_groups={
                "profile_col": "Metadata_profile",
                "replicate_group_col": "Metadata_group",
            },
            operation="grit",
            similarity_metric="pearson",
            grit_control_perts=controls,
            grit_replicate_summary_method=summary,
        )
        found = found[found["group"] != "DMSO"].dropna(subset=["grit"])
        by_group = found.groupby("group")["grit"].mean()
        result[summary] = {
            "wells": len(found),
            "compound": by_group.index.tolist(),
            "grit": by_group.astype(float).round(7).tolist(),
        }
    path = Path(__file__).with_name("cytominer_eval_golden.json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
