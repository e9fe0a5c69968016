"""What pycytominer makes of the real tables, as JSON beside this file.

python make_pycytominer_golden.py FOLDER_OF_DATA    with pycytominer 1.7.1 installed.

Tables are rounded to float32 first, as ours are held. Of scaled tables a few rows and features
are written out, and each feature's mean absolute value is summed up.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pycytominer
from pycytominer import consensus, feature_select, normalize

TABLES = {
    "bbbc021": "bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
    "lincs": "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz",
    "cpjump1": "cpjump1-cellprofiler-wells/"
    "BR00117010_normalized_feature_select_negcon_batch.csv.gz",
}
SOME_ROWS, SOME_FEATURES = 40, 50  # every so manieth is written out
SELECT: dict[str, dict[str, Any]] = {
    "frequency_threshold": {"operation": "frequency_threshold"},
    "frequency_threshold_strict": {
        "operation": "frequency_threshold",
        "freq_cut": 0.6,
        "unique_cut": 0.9,
    },
    "variance_threshold": {"operation": "variance_threshold"},
    "correlation_threshold": {"operation": "correlation_threshold"},
    "correlation_threshold_spearman": {
        "operation": "correlation_threshold",
        "corr_method": "spearman",
        "corr_threshold": 0.7,
    },
    "drop_outliers": {"operation": "drop_outliers"},
    "drop_outliers_at_20": {"operation": "drop_outliers", "outlier_cutoff": 20.0},
    "drop_na_columns": {"operation": "drop_na_columns"},
    "blocklist": {"operation": "blocklist"},
    "all": {
        "operation": [
            "blocklist",
            "drop_na_columns",
            "drop_outliers",
            "frequency_threshold",
            "variance_threshold",
            "correlation_threshold",
        ]
    },
}
SCALE: dict[str, dict[str, Any]] = {
    "mad": {"method": "mad_robustize", "mad_robustize_epsilon": 0.0},
    "mad_epsilon": {"method": "mad_robustize", "mad_robustize_epsilon": 0.01},
    "mad_as_shipped": {"method": "mad_robustize"},
    "iqr": {"method": "robustize"},
}


def blocklist() -> str:
    """Return the fingerprint of the names that pycytominer blocks, sorted, a line each."""
    path = Path(pycytominer.__file__).parent / "data" / "blocklist_features.txt"
    names = path.read_text(encoding="utf-8").split()[1:]
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def features_of(table: pd.DataFrame) -> list[str]:
    return [c for c in table.columns if c.startswith(("Cells_", "Cytoplasm_", "Nuclei_"))]


def some(
    table: pd.DataFrame, names: list[str], without: np.ndarray | None = None
) -> dict[str, Any]:
    x = table[names]
    left_out = ~np.isfinite(x.to_numpy()).all(axis=0)
    if without is not None:
        left_out |= without
    x = x.loc[:, ~left_out]
    return {
        "left_out": np.flatnonzero(left_out).tolist(),
        "rows": x.iloc[::SOME_ROWS, ::SOME_FEATURES].to_numpy().tolist(),
        "mean_absolute": float(np.abs(x.to_numpy()).mean()),
        "shape": list(x.shape),
    }


def with_gaps(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the table with every 7th feature missing in its first rows, more of them each time."""
    gappy = table.copy()
    for i, name in enumerate(names[::7]):
        gappy.loc[gappy.index[: i + 1], name] = np.nan
    return gappy


def main() -> None:
    found: dict[str, Any] = {"blocklist": blocklist()}
    for key, path in TABLES.items():
        table = pd.read_csv(Path(sys.argv[1]) / path, low_memory=False)
        names = features_of(table)
        table[names] = table[names].astype(np.float32).astype(np.float64)
        chosen: dict[str, list[int]] = {}
        for case, settings in SELECT.items():
            given = with_gaps(table, names) if case == "drop_na_columns" else table
            kept = set(feature_select(given, features=names, **settings).columns)
            chosen[case] = [i for i, name in enumerate(names) if name not in kept]
        found[key] = {"dropped": chosen}
        for case, settings in SCALE.items():
            made = normalize(table, features=names, meta_features=[], **settings)
            quartiles = table[names].quantile([0.25, 0.75]).to_numpy()
            # scikit-learn's RobustScaler divides by 1 where there is no spread: not compared.
            without = quartiles[0] == quartiles[1] if case == "iqr" else None
            found[key][case] = some(made, names, without)
        if key == "bbbc021":
            continue
        treated = "Metadata_broad_sample"
        table[treated] = table[treated].fillna("DMSO")
        for how in ("median", "modz"):
            made = consensus(
                table, replicate_columns=[treated], operation=how, features=names
            ).sort_values(treated)
            found[key][f"consensus_{how}"] = {
                **some(made, names),
                "treatments": made[treated].tolist()[::SOME_ROWS],
            }
    beside = Path(__file__).with_name("pycytominer_golden.json")
    beside.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
