"""Real tables x chains x scores, as tables: `python benchmarks/chains.py DATA [--set NAME]`.

NSC, NSCB and the retrieval of mechanisms are measured on mean profiles a treatment, replicates
and the mixing of plates or batches on the wells. No step is fitted to a mechanism.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.chains.chain import profile
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import build
from phenolens.core.score import Score
from phenolens.profiling.aggregate import Aggregate

Z = "standardize"
Z0 = "standardize(constant=zero)"
RIDGE = "sphere(regularization=1, components=all)"
ALL = "standardize(by=[], on=all)"
CHAINS = (
    "",
    Z,
    "robustize",
    "scale_to_percentiles",
    f"{Z}, rank_inverse_normal",
    f"{Z}, select_features",
    f"{Z0}, {RIDGE}",
    f"{Z}, tvn(family=ws_dino)",
    f"{Z}, tvn(family=deep_profiler)",
    f"{Z}, tvn(family=efaar)",
    f"{Z}, pca(components=0.95), harmony",
    f"{Z}, combat",
    "subtract_controls",
    "select_features, tvn(family=efaar)",
    "select_features, sphere(regularization=100, components=all), coral",
)
# Where there is one batch, and nothing to align it with.
ONE_BATCH = (*CHAINS[:8], "select_features, sphere(regularization=10, components=all)")
# Where the table has neither controls nor plates.
BARE = (
    "",
    ALL,
    "robustize(by=[], on=all)",
    "rank_inverse_normal",
    "pca(components=0.95)",
    "pca(components=50)",
    "sphere(on=all, regularization=1)",
    f"{ALL}, sphere(on=all, regularization=1)",
    "select_features",
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One real table: how it is read, what is tried, and what is measured at which level.

    Attributes:
        load: Folder of the data -> profiles.
        chains: As `phenolens profile --steps` takes them.
        scores: (columns that make a profile, or none for the wells; metric; settings).
    """

    load: Callable[[Path], Profiles]
    chains: Sequence[str]
    scores: Sequence[tuple[tuple[str, ...], str, Mapping[str, Any]]]


def bbbc021(root: Path) -> Profiles:
    return ProfileTable(
        table="bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=("bbbc021-metadata/BBBC021_v1_image.csv.gz", "bbbc021-metadata/BBBC021_v1_moa.csv"),
        batch_of_plate=r"^(Week\d+)_",
    ).load(root)


def cpjump1(root: Path) -> Profiles:
    """The five plates; the three of 48 h and the two of 24 h are the batches."""
    return ProfileTable(
        table="cpjump1-cellprofiler-wells/BR*.csv.gz", batch_of_plate="^BR0011(70[12])"
    ).load(root)


def lincs(root: Path) -> Profiles:
    table = "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz"
    return Profiles.load(root / table)


def jump_dino(root: Path) -> Profiles:
    return ProfileTable(
        table="jump-dino-compound-embeddings/compound_embeddings.npy",
        rows="jump-dino-compound-embeddings/compounds.parquet",
        columns={"compound": "compound_name", "moa": "dominant_moa"},
    ).load(root)


TREATMENT = ("treatment",)
TASKS = {
    "bbbc021-cellprofiler-wells": Task(
        load=bbbc021,
        chains=CHAINS,
        scores=(
            (TREATMENT, "nsc", {}),
            (TREATMENT, "nscb", {}),
            ((), "replicate_retrieval", {}),
            (TREATMENT, "consistency", {}),
            ((), "kbet", {"rows": "controls", "permutations": 0}),
            ((), "same_group_neighbours", {"same": "batch", "rows": "controls"}),
        ),
    ),
    "cpjump1-cellprofiler-wells": Task(
        load=cpjump1,
        chains=CHAINS,
        scores=(
            (TREATMENT, "nsc", {"same": "target"}),
            ((*TREATMENT, "batch"), "nscb", {"same": "target"}),
            ((), "replicate_retrieval", {}),
            ((), "activity", {}),
            ((), "kbet", {"by": "plate", "permutations": 0}),
            ((), "same_group_neighbours", {"same": "plate"}),
            ((), "batch_integration", {"draws": 0}),
        ),
    ),
    "lincs-a549-one-plate": Task(
        load=lincs,
        chains=ONE_BATCH,
        scores=(
            (TREATMENT, "nsc", {}),
            ((), "replicate_retrieval", {"same": "compound"}),
            ((), "consistency", {}),
        ),
    ),
    "jump-dino-compound-embeddings": Task(
        load=jump_dino, chains=BARE, scores=(((), "nsc", {}), ((), "consistency", {}))
    ),
}


def told(name: str, settings: Mapping[str, Any], profiles: Profiles) -> str:
    try:
        score: Score = build("metrics", {"metric": name, **settings}, name)(profiles)
    except InputError as error:
        return f"not defined: {error.what[:60]}"
    share = f"{score.hits}/{score.n} = " if score.hits is not None else ""
    interval = "" if np.isnan(score.low) else f" ({score.low:.3f}-{score.high:.3f})"
    return f"{share}{score.value:.3f}{interval}"


def row(task: Task, chain: str, profiles: Profiles) -> dict[str, str]:
    began = time.perf_counter()
    try:
        wells = profile(profiles, chain)
    except InputError as error:
        return {"refused": error.what[:110]}
    cells = {}
    for by, name, settings in task.scores:
        used = Aggregate(by=by, missing="drop")(wells) if by else wells
        cells[name] = told(name, settings, used)
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
        for chain in task.chains:
            found[chain or "as given"] = row(task, chain, profiles)
            print(name, chain, found[chain or "as given"], sep=" | ", file=sys.stderr, flush=True)
        table = pd.DataFrame(found).T.fillna("")
        print(f"\n### {name}\n\n| chain | " + " | ".join(table.columns) + " |")
        print("|---" * (len(table.columns) + 1) + "|")
        for chain, cells in table.iterrows():
            print(f"| {chain} | " + " | ".join(cells) + " |")
        print(flush=True)


if __name__ == "__main__":
    main()
