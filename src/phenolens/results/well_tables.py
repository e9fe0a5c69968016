"""Well tables: what a run kept per image or cell, as means per well; read in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float64, Int64

from phenolens.core.columns import to_ours
from phenolens.core.errors import InputError
from phenolens.core.reading.flags import control_rows
from phenolens.core.run_folder import RunFolder

_ROWS = 20_000  # that are read at once
LARGEST = 4 << 30  # bytes of a table that is read for a page
_PLACE = ["plate", "well"]


@dataclass(frozen=True, slots=True, eq=False)
class WellTable:
    """Means per well of one table.

    Attributes:
        meta: One row per well: plate, well, and the columns with one value in the well.
        values: (wells, features) means of what is finite.
        names: Of the features.
        counts: Rows of the table in each well.
    """

    meta: pd.DataFrame
    values: Float64[np.ndarray, "n d"]
    names: tuple[str, ...]
    counts: Int64[np.ndarray, " n"]


def well_tables(folder: RunFolder) -> tuple[dict[str, WellTable], list[str]]:
    """Return the embeddings and baselines of a run by well, and what is too large to be read.

    Returns:
        Name (`embeddings joint`, `intensity`) -> its means; names of files that were left out.
        Tables without a plate and a well are not among them.
    """
    found: dict[str, WellTable] = {}
    large: list[str] = []
    for name, path in _paths(folder):
        if path.stat().st_size > LARGEST:
            large.append(path.relative_to(folder.root).as_posix())
        elif (made := by_well(path)) is not None:
            found[name] = made
    return found, large


def _paths(folder: RunFolder) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.embeddings.glob("*.parquet")):
        yield f"embeddings {path.stem}", path
    for inner in sorted(folder.baselines.glob("*")):
        # Other networks' embeddings say nothing that a person can name.
        for path in sorted(inner.glob("all.parquet")):
            yield inner.name, path


def by_well(path: Path) -> WellTable | None:
    """Return the means of a parquet table by plate and well; None where it has none.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = tuple(n for n in file.schema_arrow.names if not n.startswith("Metadata_"))
            batches = file.iter_batches(_ROWS, use_threads=False)
            pieces = [_sums(batch.to_pandas(), names) for batch in batches]
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"cannot be read as a table: {error}",
            where=path,
            fix="give the same run again: it will be made again",
        ) from error
    known = [piece for piece in pieces if piece is not None]
    if not known:
        return None
    meta = pd.concat([piece[0] for piece in known], ignore_index=True)
    wells = meta.groupby(_PLACE, sort=False, observed=True).ngroup().to_numpy()
    first = meta.assign(_well=wells).drop_duplicates("_well").drop(columns="_well")
    n = len(first)
    sums, counts, rows = (
        _added(np.concatenate([piece[k] for piece in known]), wells, n) for k in (1, 2, 3)
    )
    values = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return WellTable(first.reset_index(drop=True), values, names, rows[:, 0].astype(np.int64))


_Piece = tuple[pd.DataFrame, Float64[np.ndarray, "w d"], Float64[np.ndarray, "w d"],
               Float64[np.ndarray, "w 1"]]  # fmt: skip


def _sums(frame: pd.DataFrame, names: tuple[str, ...]) -> _Piece | None:
    """Return wells with the sums and numbers of finite values, and the number of rows."""
    meta = to_ours(frame.drop(columns=list(names)))
    if not set(_PLACE) <= set(meta.columns):
        return None
    placed = meta[_PLACE].notna().all(axis=1).to_numpy()
    meta = meta[placed].reset_index(drop=True)
    features = frame.loc[placed, list(names)].to_numpy(dtype=np.float64, na_value=np.nan)
    meta = meta.assign(plate=meta["plate"].astype(str), well=meta["well"].astype(str))
    meta = meta.assign(control=control_rows(meta))
    wells = meta.groupby(_PLACE, sort=False, observed=True).ngroup().to_numpy()
    first = meta.assign(_well=wells).drop_duplicates("_well").drop(columns="_well")
    known = np.isfinite(features)
    n = len(first)
    return (
        first,
        _added(np.where(known, features, 0.0), wells, n),
        _added(known.astype(np.float64), wells, n),
        _added(np.ones((len(features), 1)), wells, n),
    )


def _added(
    values: Float64[np.ndarray, "r d"], wells: Int64[np.ndarray, " r"], n: int
) -> Float64[np.ndarray, "n d"]:
    total = np.zeros((n, values.shape[1]))
    np.add.at(total, wells, values)
    return total
