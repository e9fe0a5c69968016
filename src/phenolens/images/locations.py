"""Where cells are: tables of their centres, as CellProfiler and DeepProfiler write them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError, nearest
from phenolens.core.small_files import read_small
from phenolens.images.table import as_metadata, read_table

_FIELD = re.compile(r"(?P<well>[A-Za-z]{1,2}[0-9]{1,2})[-_](?P<site>[^-_]+)-[A-Za-z]+\.csv")
_PREFIXES = ("Nuclei_Location_Center_", "Cells_Location_Center_", "Location_Center_")
_PLAIN = (("centre_y", "centre_x"), ("center_y", "center_x"), ("y", "x"))
PLACE = ("plate", "well", "site")


def read_locations(path: Path) -> pd.DataFrame:
    """Return one row per cell: those of plate, well and site that are known, `y` and `x` in pixels.

    Args:
        path: A table (CSV, TSV or parquet) with the columns `Nuclei_Location_Center_X` and `_Y` (or
            of `Cells_`, or without a prefix, or `centre_x`, `x`) and plate, well and site by one of
            their usual names. Or DeepProfiler's folder `locations`, with a file
            `<Plate>/<Well>-<Site>-Nuclei.csv` per field.

    Raises:
        InputError: No such table, no centres in it, or one that is not a number.
    """
    if not path.is_dir():
        return _cells(path)
    files = [file for file in sorted(path.glob("*/*.csv")) if _FIELD.fullmatch(file.name)]
    if not files:
        raise InputError(
            "contains no file like PLATE/A01-1-Nuclei.csv",
            where=path,
            fix="name DeepProfiler's folder locations, or one table",
        )
    return pd.concat([_field(file) for file in files], ignore_index=True)


def _field(file: Path) -> pd.DataFrame:
    """Return the cells of one of DeepProfiler's files, with the place that its path gives."""
    found = _FIELD.fullmatch(file.name)
    assert found is not None  # noqa: S101  # only such files are read
    if not file.stat().st_size or len(read_small(file).splitlines()) < 2:
        return pd.DataFrame()  # a field without cells
    place = {"plate": file.parent.name, "well": found["well"], "site": found["site"]}
    given = pd.DataFrame({name: [value] for name, value in place.items()})
    tidy = as_metadata(given, {}, file).iloc[0]
    return _cells(file)[["y", "x"]].assign(**{name: tidy[name] for name in place})


def _cells(file: Path) -> pd.DataFrame:
    table = read_table(file)
    names = [(f"{prefix}Y", f"{prefix}X") for prefix in _PREFIXES]
    pair = next((p for p in (*names, *_PLAIN) if {*p} <= {*table.columns}), None)
    if pair is None:
        raise InputError(
            "has no columns of cell centres",
            where=file,
            fix=nearest("Nuclei_Location_Center_X", table.columns, "the table has"),
        )
    at = [pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64) for name in pair]
    bad = np.flatnonzero(~np.isfinite(at[0] + at[1]))
    if len(bad):
        row = int(table.index[bad[0]]) + 2
        raise InputError(
            f"a centre that is not a number ({len(bad)} of them)", where=f"{file} row {row}"
        )
    meta = as_metadata(table.drop(columns=list(pair)), {}, file)
    place = meta[[name for name in PLACE if name in meta]].reset_index(drop=True)
    return place.assign(y=at[0], x=at[1])
