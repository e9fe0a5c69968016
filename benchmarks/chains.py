"""Real tables x chains x scores, as tables: `python benchmarks/chains.py DATA [--set NAME]`.

Every chain ends with one profile a treatment for NSC and NSCB; replicate retrieval and the mixing
of plates or batches are measured on the wells just before. Nothing is fitted to a MoA.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.join import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import build
from phenolens.core.score import Score

Steps = Sequence[Mapping[str, Any]]

Z: Mapping[str, Any] = {"step": "standardize", "constant": "drop"}
SELECT: Mapping[str, Any] = {"step": "select_features"}
RIDGE: Mapping[str, Any] = {"step": "sphere", "regularization": 1.0, "components": "all"}
PCA: Mapping[str, Any] = {"step": "pca", "components": 0.95}

CHAINS: dict[str, Steps] = {
    "none": (),
    "standardize": (Z,),
    "robustize": ({"step": "robustize"},),
    "standardize > rank_inverse_normal": (Z, {"step": "rank_inverse_normal"}),
    "standardize > select_features": (Z, SELECT),
    "standardize > sphere (ridge 1)": (Z, RIDGE),
    "standardize > select > sphere (ridge 1)": (Z, SELECT, RIDGE),
    "standardize > TVN ws_dino": (Z, {"step": "tvn", "family": "ws_dino"}),
    "standardize > TVN deep_profiler": (Z, {"step": "tvn", "family": "deep_profiler"}),
    "standardize > TVN efaar": (Z, {"step": "tvn", "family": "efaar"}),
    "standardize > PCA 95 % > harmony": (Z, PCA, {"step": "harmony"}),
    "standardize > combat": (Z, {"step": "combat"}),
    "subtract_controls": ({"step": "subtract_controls"},),
}
# Where the table has neither controls nor plates.
BARE: dict[str, Steps] = {
    "none": (),
    "standardize on all": ({"step": "standardize", "by": [], "on": "all"},),
    "robustize on all": ({"step": "robustize", "by": [], "on": "all"},),
    "rank_inverse_normal": ({"step": "rank_inverse_normal"},),
    "PCA 95 %": (PCA,),
    "PCA 50": ({"step": "pca", "components": 50},),
    "sphere on all (ridge 1)": ({"step": "sphere", "on": "all", "regularization": 1.0},),
    "standardize > sphere on all (ridge 1)": (
        {"step": "standardize", "by": [], "on": "all"},
        {"step": "sphere", "on": "all", "regularization": 1.0},
    ),
    "select_features": (SELECT,),
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """One real table: how it is read, what its profiles are, and what is measured where."""

    load: Callable[[Path], Profiles]
    final: Steps
    wells: Mapping[str, Mapping[str, Any]]
    treatments: Mapping[str, Mapping[str, Any]]
    chains: Mapping[str, Steps]


def bbbc021(root: Path) -> Profiles:
    return ProfileTable(
        table="bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=("bbbc021-metadata/BBBC021_v1_image.csv.gz", "bbbc021-metadata/BBBC021_v1_moa.csv"),
        batch_of_plate=r"^(Week\d+)_",
    ).load(root)


def cpjump1(root: Path) -> Profiles:
    """The five plates; the three of 48 h and the two of 24 h are the batches."""
    table = "cpjump1-cellprofiler-wells/BR*.csv.gz"
    profiles = ProfileTable(table=table, columns={"target": "Metadata_gene"}).load(root)
    late = profiles.meta["plate"].isin(["BR00117010", "BR00117011", "BR00117012"])
    return replace(profiles, meta=profiles.meta.assign(batch=np.where(late, "48h", "24h")))


def lincs(root: Path) -> Profiles:
    table = "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz"
    return Profiles.load(root / table)


def jump_dino(root: Path) -> Profiles:
    return ProfileTable(
        table="jump-dino-compound-embeddings/compound_embeddings.npy",
        columns={"compound": "compound_id", "moa": "dominant_moa"},
    ).load(root)


TREATMENTS: Steps = ({"step": "aggregate", "by": ["treatment"]},)
MATCHING: Mapping[str, Mapping[str, Any]] = {"nsc": {}, "nscb": {}}
TASKS = {
    "bbbc021-cellprofiler-wells": Task(
        load=bbbc021,
        final=TREATMENTS,
        wells={
            "replicate_retrieval": {},
            "same_group_neighbours": {"by": "plate"},
            "batch_integration": {},
        },
        treatments=MATCHING,
        chains=CHAINS,
    ),
    "cpjump1-cellprofiler-wells": Task(
        load=cpjump1,
        final=({"step": "aggregate", "by": ["treatment", "batch"]},),
        wells={
            "replicate_retrieval": {},
            "same_group_neighbours": {"by": "plate"},
            "batch_integration": {"truth": "target"},
        },
        treatments={"nsc": {"truth": "target"}, "nscb": {"truth": "target"}},
        chains=CHAINS,
    ),
    "lincs-a549-one-plate": Task(
        load=lincs,
        final=TREATMENTS,
        wells={"consistency": {}, "activity": {}},
        treatments={"nsc": {}},
        chains={k: v for k, v in CHAINS.items() if "harmony" not in k and "combat" not in k},
    ),
    "jump-dino-compound-embeddings": Task(
        load=jump_dino, final=(), wells={"consistency": {}}, treatments={"nsc": {}}, chains=BARE
    ),
}


def apply(profiles: Profiles, steps: Steps) -> Profiles:
    for place, settings in enumerate(steps):
        profiles = build("profiling", settings, f"steps.{place}")(profiles)
    return profiles


def told(name: str, settings: Mapping[str, Any], profiles: Profiles) -> str:
    try:
        score: Score = build("metrics", {"metric": name, **settings}, name)(profiles)
    except InputError as error:
        return f"not defined: {error.what.split(';')[0][:60]}"
    share = f"{score.hits}/{score.n} = " if score.hits is not None else ""
    return f"{share}{score.value:.3f} ({score.low:.3f}-{score.high:.3f})"


def row(task: Task, steps: Steps, profiles: Profiles) -> dict[str, str]:
    began = time.perf_counter()
    try:
        wells = apply(profiles, steps)
        final = apply(wells, task.final)
    except InputError as error:
        return {"step": f"refused: {error.what[:110]}"}
    cells = {name: told(name, s, final) for name, s in task.treatments.items()}
    cells |= {name: told(name, s, wells) for name, s in task.wells.items()}
    return {**cells, "seconds": f"{time.perf_counter() - began:.0f}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, nargs="?")
    parser.add_argument("--set", choices=TASKS, action="append", dest="sets")
    given = parser.parse_args()
    root = given.root or Path(os.environ.get("PHENOLENS_DATA", "../shared/data"))
    if not root.is_dir():
        print(f"real tables not found in {root}: python benchmarks/chains.py DATA")
        return
    for name in given.sets or TASKS:
        task = TASKS[name]
        profiles = task.load(root)
        found = {}
        for chain, steps in task.chains.items():
            found[chain] = row(task, steps, profiles)
            print(name, chain, found[chain], sep=" | ", flush=True)
        table = pd.DataFrame(found).T.fillna("")
        print(f"\n### {name}\n\n| chain | " + " | ".join(table.columns) + " |")
        print("|---" * (len(table.columns) + 1) + "|")
        for chain, cells in table.iterrows():
            print(f"| {chain} | " + " | ".join(cells) + " |")
        print(flush=True)


if __name__ == "__main__":
    main()
