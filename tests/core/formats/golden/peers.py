"""What pycytominer, copairs and scanpy make of files that Profiles.save wrote, and the reverse.

Run where the peers are installed (they are not among our dependencies), from the repository:

    PYTHONPATH=src:tests/core/formats/golden python tests/core/formats/golden/peers.py

It writes `peers.json` (numbers that the tests work out anew) and two files of pycytominer's.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pycytominer
import scanpy
from copairs.map import average_precision
from made import deep_profiler_file, made  # type: ignore[import-not-found]
from pycytominer.cyto_utils import infer_cp_features, load_npz_features, load_profiles, output

HERE = Path(__file__).parent
KEYS = ["Metadata_Plate", "Metadata_Compound"]


def read_by_pycytominer(path: Path) -> dict[str, Any]:
    """Return the columns that pycytominer finds, and its medians."""
    frame = load_profiles(path)
    medians = pycytominer.aggregate(frame, strata=KEYS, features="infer", operation="median")
    return {
        "metadata": infer_cp_features(frame, metadata=True),
        "features": infer_cp_features(frame),
        "groups": medians[KEYS].to_numpy().tolist(),
        "medians": medians[infer_cp_features(frame)].to_numpy(float).tolist(),
    }


def read_by_copairs(path: Path) -> list[float]:
    """Return copairs' average precision of every treated well: the same compound elsewhere."""
    frame = pd.read_parquet(path)
    treated = frame[~frame["Metadata_Control"]].reset_index(drop=True)
    found = average_precision(
        treated.filter(like="Metadata_"),
        treated[infer_cp_features(treated)].to_numpy(),
        pos_sameby=["Metadata_Compound"],
        pos_diffby=["Metadata_Plate"],
        neg_sameby=[],
        neg_diffby=["Metadata_Compound"],
    )
    return found["average_precision"].tolist()


def read_by_scanpy(path: Path) -> dict[str, Any]:
    """Return what scanpy finds in obs, and the variances of its PCA."""
    adata = scanpy.read_h5ad(path) if path.suffix == ".h5ad" else anndata.read_zarr(path)
    scanpy.pp.pca(adata, n_comps=3, svd_solver="full")
    return {
        "obs": list(adata.obs),
        "compounds": sorted(adata.obs["Metadata_Compound"].cat.categories),
        "variance": adata.uns["pca"]["variance"].tolist(),
        "chain": [entry["step"] for entry in json.loads(adata.uns["phenolens"])["provenance"]],
    }


def main() -> None:
    """Write the files, let the peers read them, keep what they say."""
    warnings.simplefilter("ignore")
    told: dict[str, Any] = {
        "versions": {
            name: version(name) for name in ("pycytominer", "copairs", "scanpy", "anndata")
        }
    }
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("parquet", "csv.gz", "h5ad", "zarr"):
            path = made().save(Path(folder) / f"wells.{ending}")
            told[f"pycytominer {ending}"] = read_by_pycytominer(path)
            if ending in ("h5ad", "zarr"):
                told[f"scanpy {ending}"] = read_by_scanpy(path)
        told["copairs"] = read_by_copairs(Path(folder) / "wells.parquet")
        frame = load_npz_features(str(deep_profiler_file(Path(folder))))
        told["npz"] = {"columns": list(frame), "first": [str(v) for v in frame.iloc[0]]}
        frame = pd.read_parquet(Path(folder) / "wells.parquet")
    frame["Metadata_Compound"] = frame["Metadata_Compound"].replace({np.nan: "none"})
    output(frame, HERE / "pycytominer.parquet", output_type="parquet")
    output(frame, HERE / "pycytominer.h5ad", output_type="anndata_h5ad")
    (HERE / "peers.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
