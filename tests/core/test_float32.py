from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.stream import aggregate_file
from phenolens.core.errors import InputError
from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate


def test_numbers_are_rounded_once() -> None:
    x = np.array([[1 / 3, 3.4e38], [-1e-50, 0]])
    made = in_float32(x, "pca")
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, x.astype(np.float32))


@pytest.mark.parametrize("value", [3.5e38, -1e200])
def test_what_float32_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="coral: a value is more than float32 can hold"):
        in_float32(np.array([[0.0, value]]), "coral")


def test_what_is_missing_is_allowed_where_it_is_said_to_be() -> None:
    x = np.array([[1.0, np.nan]])
    np.testing.assert_array_equal(in_float32(x, "trajectories", missing=True), x)
    for wrong, missing in (
        (x, False),
        (np.array([[np.nan, 1e39]]), True),
        (np.array([[np.inf]]), True),
    ):
        with pytest.raises(InputError, match="more than float32 can hold"):
            in_float32(wrong, "trajectories", missing=missing)


@pytest.mark.parametrize("value", [1e39, -1e300])
@pytest.mark.parametrize("ending", ["csv", "parquet", "h5ad", "npz", "npy", "list", "stream"])
def test_a_measurement_that_float32_cannot_hold_is_named(
    tmp_path: Path, ending: str, value: float
) -> None:
    """It became infinite without a word."""
    frame = pd.DataFrame({"Metadata_Plate": ["a", "b", "b"], "Cells_a": [1.0, value, np.inf]})
    path = tmp_path / f"t.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    elif ending in ("parquet", "stream"):
        path = tmp_path / "t.parquet"
        frame.to_parquet(path)
    elif ending == "list":
        path = tmp_path / "t.parquet"
        lists = [[x, 1.0] for x in frame.pop("Cells_a")]
        frame.assign(Cells_a=lists).to_parquet(path)
    elif ending == "h5ad":
        anndata = pytest.importorskip("anndata")
        obs = frame[["Metadata_Plate"]].set_axis(["0", "1", "2"])
        x, var = frame[["Cells_a"]].to_numpy(), pd.DataFrame(index=["Cells_a"])
        anndata.AnnData(x, obs=obs, var=var).write_h5ad(path)
    elif ending == "npz":
        np.savez(path, features=frame[["Cells_a"]].to_numpy())
    else:
        np.save(path, frame[["Cells_a"]].to_numpy())
        frame[["Metadata_Plate"]].to_csv(tmp_path / "t.csv", index=False)
    load = (
        partial(aggregate_file, step=Aggregate(by=("plate",)))
        if ending == "stream"
        else Profiles.load
    )
    with pytest.raises(InputError, match=r"t\..*row 3: .*more than 3.4e38.*1 such value"):
        load(path)
