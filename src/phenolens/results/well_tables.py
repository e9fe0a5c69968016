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
from phenolens.core.reading.flags import control_rows, true_or_false
from phenolens.core.run_folder import RunFolder

_ROWS = 20_000  # that are read at once
LARGEST = 4 << 30  # bytes of a table that is read for a page
_PLACE = ["plate", "well"]


@dataclass(frozen=True, slots=True, eq=False)
class WellTable:
    """Means per well of one table.

    Attributes:
        meta: One row per well: plate, well, `control` (whether all its rows are) and the other
            columns, missing where a well has several values.
        flags: (wells,) columns that are true or false, as quality flags: the share of the rows.
        values: (wells, features) means of what is finite.
        names: Of the features.
        counts: Rows of the table in each well.
    """

    meta: pd.DataFrame
    flags: pd.DataFrame
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
            pieces = [_sums(_frame(batch), names) for batch in batches]
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"cannot be read as a table: {error}",
            where=path,
            fix="give the same run again: it will be made again",
        ) from error
    known = [piece for piece in pieces if piece is not None]
    if not known:
        return None
    meta = pd.concat([piece.meta for piece in known], ignore_index=True)
    flags = pd.concat([piece.flags for piece in known], ignore_index=True)
    wells = meta.groupby(_PLACE, sort=False, observed=True).ngroup().to_numpy()
    meta = _settled(meta, wells)
    sums, counts, rows, true = (
        _added(np.concatenate(parts), wells, len(meta))
        for parts in zip(*(piece.sums for piece in known), strict=True)
    )
    values = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    share = pd.DataFrame(true / rows, columns=flags.columns)
    meta["control"] = share.pop("control") == 1
    return WellTable(meta, share, values, names, rows[:, 0].astype(np.int64))


def _frame(batch: pa.RecordBatch) -> pd.DataFrame:
    """Return rows without lists, whose flags have one type in every batch: missing is false."""
    types = {field.name: field.type for field in batch.schema}
    frame = batch.to_pandas()
    flags = {n: true_or_false(frame[n], n) for n, t in types.items() if pa.types.is_boolean(t)}
    lists = [name for name, kind in types.items() if pa.types.is_nested(kind)]
    return frame.assign(**flags).drop(columns=lists)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Wells of some rows, with the sums and numbers of finite values, of rows, and of flags."""

    meta: pd.DataFrame
    flags: pd.DataFrame
    sums: tuple[Float64[np.ndarray, "w _"], ...]


def _sums(frame: pd.DataFrame, names: tuple[str, ...]) -> _Piece | None:
    """Return the wells of some rows; None where there is no plate or well."""
    meta = to_ours(frame.drop(columns=list(names)))
    if not set(_PLACE) <= set(meta.columns):
        return None
    placed = meta[_PLACE].notna().all(axis=1).to_numpy()
    meta = meta[placed].reset_index(drop=True)
    features = frame.loc[placed, list(names)].to_numpy(dtype=np.float64, na_value=np.nan)
    meta = meta.assign(plate=meta["plate"].astype(str), well=meta["well"].astype(str))
    meta = meta.assign(control=control_rows(meta))
    wells = meta.groupby(_PLACE, sort=False, observed=True).ngroup().to_numpy()
    flags = meta.select_dtypes("bool")
    settled = _settled(meta.drop(columns=flags.columns), wells)
    known = np.isfinite(features)
    parts = (np.where(known, features, 0.0), known, np.ones((len(features), 1)), flags)
    sums = tuple(_added(np.asarray(one, dtype=np.float64), wells, len(settled)) for one in parts)
    return _Piece(settled, flags.iloc[:0], sums)


def _settled(meta: pd.DataFrame, wells: Int64[np.ndarray, " r"]) -> pd.DataFrame:
    """Return one row per well; a value is missing where the rows of the well have several."""
    first = np.unique(wells, return_index=True)[1]
    made = meta.iloc[first].reset_index(drop=True)
    for name in meta:
        code = pd.factorize(meta[name])[0]
        several = np.bincount(wells, code != code[first][wells]) > 0
        made[name] = made[name].mask(several)
    return made


def _added(
    values: Float64[np.ndarray, "r d"], wells: Int64[np.ndarray, " r"], n: int
) -> Float64[np.ndarray, "n d"]:
    total = np.zeros((n, values.shape[1]))
    np.add.at(total, wells, values)
    return total
