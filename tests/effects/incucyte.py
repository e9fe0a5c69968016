"""The IncuCyte runs of ps-growth-model as long-form profiles, read with a few lines of pandas."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles

RUNS = (
    "020720_PC9_Erl_THZ1",
    "050719_PC9_LCL_OSI",
    "050719_PC9_PIM_OSI",
    "071318_PC9_OSI_Bin",
    "072718_PC9_BYL_PIM",
    "101117_H1299",
)
MARKERS = ("phase", "green", "red")
# Area of a dead cell's stain as a share of the cell's area, as the authors of the data assume in
# their model (meyer-lab/ps-growth-model, grmodel/pymcGrowth.py): Annexin V 0.25, YOYO-3 0.144.
GREEN, RED = 0.25, 0.144


def table(path: Path) -> pd.DataFrame:
    """Return one file, UTF-8 or Latin-1; a column for each condition."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return pd.read_csv(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")))


def run(folder: Path, name: str) -> Profiles:
    """Return one run: three replicates that are stacked in the file, each condition a compound."""
    tables = {key: table(folder / f"{name}_confluence_{key}.csv") for key in MARKERS}
    first = tables["phase"]
    time = first["Elapsed"].to_numpy(np.float64)
    replicate = np.cumsum(np.concatenate([[0], np.diff(time) < 0]))
    parts = []
    for column in first.columns[2:]:
        if column.lower().startswith("blank"):
            continue
        found = re.fullmatch(r"(.+?) ([\d.]+)(?: ?([nuµ])M)?", column)
        drug, dose = (found[1], float(found[2])) if found else ("DMSO", np.nan)
        if found and (found[3] == "n" or found[3] is None):
            dose /= 1000
        part = pd.DataFrame({key: tables[key][column].to_numpy() for key in MARKERS})
        parts.append(
            part.assign(
                plate=name,
                cell_line=name.split("_")[1],
                replicate=[f"r{k}" for k in replicate],
                compound=drug,
                concentration=dose,
                control=drug == "DMSO",
                time=time,
            )
        )
    long = pd.concat(parts, ignore_index=True)
    return Profiles(
        meta=long.drop(columns=list(MARKERS)),
        features=long[list(MARKERS)].to_numpy(),
        names=MARKERS,
    )


def per_curve(long: Profiles) -> Profiles:
    """Return one row per curve with its constant metadata; the features are not used."""
    columns = ["plate", "compound", "concentration", "replicate"]
    meta = long.meta.drop(columns="time").drop_duplicates(columns)
    return Profiles(meta=meta, features=np.zeros((len(meta), 1)))
