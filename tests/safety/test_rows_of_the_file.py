"""A metric or a step that filters and sorts still names the row of the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import build

METRICS = (
    *("nsc", "nscb", "lisi", "linear_probe", "silhouette", "drug_vs_control", "grit"),
    *("replicate_retrieval", "average_precision", "drop", "cluster_enrichment"),
)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return wells in mixed order, one of which has a value that is missing; and its place."""
    rng = np.random.default_rng(0)
    names = (["DMSO"] * 4 + [f"c{i}" for i in range(12)]) * 4
    table = pd.DataFrame(
        {
            "Metadata_Plate": np.repeat(["P1", "P2", "P3", "P4"], 16),
            "Metadata_Well": [f"{r}{c:02d}" for r in "AB" for c in range(1, 9)] * 4,
            "Metadata_Compound": names,
            "Metadata_moa": [None if n == "DMSO" else f"m{int(n[1:]) % 4}" for n in names],
            "Metadata_Batch": np.repeat(["b1", "b2"], 32),
            "Metadata_Cell_Line": "u",
        }
    )
    table[[f"Cells_f{i}" for i in range(6)]] = rng.normal(size=(64, 6))
    table = table.sample(frac=1, random_state=1).reset_index(drop=True)
    row = int(np.flatnonzero(table["Metadata_Compound"] != "DMSO")[5])
    table.loc[row, "Cells_f0"] = np.nan
    path = tmp_path_factory.mktemp("places") / "wells.csv"
    table.to_csv(path, index=False)
    plate, well = table.loc[row, ["Metadata_Plate", "Metadata_Well"]]
    return path, f"plate {plate}, well {well} (wells.csv row {row + 2})"


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_names_itself_and_the_row_of_the_file(
    damaged: tuple[Path, str], metric: str
) -> None:
    """Metrics leave out controls and sort: the row is still the one in the file."""
    path, place = damaged
    profiles = Profiles.load(path)
    mixed = profiles.take(np.random.default_rng(1).permutation(len(profiles)))
    for table in (profiles, mixed):
        with pytest.raises(InputError) as error:
            build("metrics", {"metric": metric}, "metric")(table)
        assert error.value.what.startswith(f"{metric} needs finite features; 'Cells_f0' is nan in")
        assert place in error.value.what


@pytest.mark.parametrize("step", ["standardize", "sphere", "aggregate", "regress_position"])
def test_a_step_names_the_row_of_the_file(damaged: tuple[Path, str], step: str) -> None:
    path, place = damaged
    profiles = ProfileTable(table=str(path), where="compound != 'c3'").load(Path())
    with pytest.raises(InputError) as error:
        build("profiling", {"step": step}, "step")(profiles)
    assert place in error.value.what
