"""Writes copairs_golden.json: average precision and mAP of real tables, by copairs 0.5.5.

Run in an environment of its own: `pip install copairs==0.5.5`, then
`python make_copairs_golden.py FOLDER_OF_REAL_TABLES`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from copairs.map import average_precision, mean_average_precision, multilabel

DIGITS = 10_000_000  # average precisions are written as whole numbers of 1e-7
NULL = {"null_size": 20_000, "threshold": 0.05, "seed": 0, "progress_bar": False}


def cpjump1(folder: Path, plates: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    name = "{}_normalized_feature_select_negcon_batch.csv.gz"
    table = pd.concat(
        [pd.read_csv(folder / "cpjump1-cellprofiler-wells" / name.format(p)) for p in plates],
        ignore_index=True,
    )
    meta = pd.DataFrame(
        {
            "plate": table["Metadata_Plate"],
            "well": table["Metadata_Well"],
            "compound": table["Metadata_broad_sample"].fillna("DMSO"),
            "gene": table["Metadata_gene"],
            "control": table["Metadata_control_type"] == "negcon",
        }
    )
    # A control's own number: two controls are never positives, two treatments never negatives.
    meta["reference"] = np.where(meta["control"], np.arange(len(meta)), -1)
    return meta, features(table)


def lincs(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    path = folder / "lincs-a549-one-plate" / "SQ00015054_normalized_feature_select.csv.gz"
    table = pd.read_csv(path)
    meta = pd.DataFrame(
        {
            "well": table["Metadata_Well"],
            "compound": table["Metadata_broad_sample"],
            "moa": table["Metadata_moa"],
            "control": table["Metadata_broad_sample"] == "DMSO",
        }
    )
    return meta, features(table)


def features(table: pd.DataFrame) -> np.ndarray:
    names = [c for c in table.columns if not c.startswith("Metadata_")]
    return table[names].to_numpy(dtype=np.float32).astype(np.float64)


def written(found: pd.DataFrame, keys: list[str]) -> dict[str, Any]:
    """Return one entry a query, sorted by what names it, and the counts."""
    found = found.dropna(subset=["average_precision"]).query("n_pos_pairs > 0").sort_values(keys)
    return {
        "average_precision": np.rint(found["average_precision"] * DIGITS).astype(int).tolist(),
        "sum_of_positives": int(found["n_pos_pairs"].sum()),
        "sum_of_total": int(found["n_total_pairs"].sum()),
    }


def means(found: pd.DataFrame, by: str) -> dict[str, Any]:
    table = mean_average_precision(found, [by], **NULL).sort_values(by)
    return {
        by: table[by].tolist(),
        "mean_average_precision": table["mean_average_precision"].round(9).tolist(),
        "normalized": table["mean_normalized_average_precision"].round(7).tolist(),
        "p": table["p_value"].round(8).tolist(),
        "q": table["corrected_p_value"].round(8).tolist(),
    }


def asked(
    meta: pd.DataFrame, x: np.ndarray, rules: dict[str, Any], keys: list[str], by: str
) -> dict[str, Any]:
    engine = multilabel.average_precision if "multilabel_col" in rules else average_precision
    found = engine(meta.reset_index(drop=True), x, **rules, progress_bar=False)
    return {**written(found, keys), "means": means(found, by)}


def main(folder: Path) -> None:
    plates = ["BR00117010", "BR00117011", "BR00117012", "BR00117024", "BR00117025"]
    replicates = {
        "pos_sameby": ["compound"],
        "pos_diffby": ["plate"],
        "neg_sameby": [],
        "neg_diffby": ["compound"],
    }
    activity = {
        "pos_sameby": ["compound", "reference"],
        "pos_diffby": [],
        "neg_sameby": ["plate"],
        "neg_diffby": ["compound", "reference"],
    }
    result = {}
    for name, some in (("cpjump1", plates), ("cpjump1 48 h", plates[:3])):
        meta, x = cpjump1(folder, some)
        treated = ~meta["control"].to_numpy()
        wells = ["plate", "well"]
        result[f"{name}: replicates"] = asked(
            meta[treated], x[treated], replicates, wells, "compound"
        )
        result[f"{name}: activity"] = asked(meta, x, activity, wells, "compound")
    meta, x = cpjump1(folder, plates)
    known = ~meta["control"] & meta["gene"].notna()
    group = meta[known].groupby(["compound", "gene"])
    mean = pd.DataFrame(x[known]).groupby(group.ngroup().to_numpy()).mean().to_numpy()
    consensus = group.size().reset_index()[["compound", "gene"]]
    rules: dict[str, Any] = {
        "pos_sameby": ["gene"],
        "pos_diffby": ["compound"],
        "neg_sameby": [],
        "neg_diffby": ["gene"],
    }
    result["cpjump1: consistency"] = asked(
        consensus, mean.astype(np.float32).astype(np.float64), rules, ["compound"], "gene"
    )
    meta, x = lincs(folder)
    known = (~meta["control"] & meta["moa"].notna()).to_numpy()
    meta, x = meta[known].assign(moa=meta["moa"][known].str.split("|")), x[known]
    rules = {
        "pos_sameby": ["moa"],
        "pos_diffby": ["compound"],
        "neg_sameby": [],
        "neg_diffby": ["moa"],
        "multilabel_col": "moa",
    }
    result["lincs: several moa"] = asked(meta, x, rules, ["well", "moa"], "moa")
    path = Path(__file__).with_name("copairs_golden.json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
