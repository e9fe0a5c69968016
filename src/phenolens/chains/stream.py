"""Stream: aggregating a parquet file that is larger than memory, to the last bit as in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float32, Int64

from phenolens.chains.not_finite import NotFinite
from phenolens.chains.stream_columns import FileColumns
from phenolens.core.columns import refuse_metadata
from phenolens.core.errors import InputError
from phenolens.core.float32 import measured_in_float32
from phenolens.core.formats.arrow import frame_of
from phenolens.core.formats.origin import load_entry
from phenolens.core.formats.parquet import note_of, opened
from phenolens.core.formats.parts import (
    unreadable,
)
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Progress, uncounted
from phenolens.core.reading.measurements import Choice
from phenolens.core.reading.numbers import numbers
from phenolens.core.reading.spelling import spelt
from phenolens.core.source import Source
from phenolens.grouping.group_metadata import metadata
from phenolens.grouping.grouped import by_group, means, medians
from phenolens.grouping.groups import RowGroups
from phenolens.grouping.incomplete import MissingFeatures, only_complete
from phenolens.profiling.aggregate import Aggregate

_REDUCE = {"mean": means, "median": medians}
_ROWS = 1 << 16  # read at a time
_MEMORY = 400 << 20  # bytes of a block of columns


def aggregate_file(
    path: Path | str,
    step: Aggregate,
    columns: Mapping[str, str] | None = None,
    progress: Progress = uncounted,
    complete: Callable[[Profiles], Profiles] | None = None,
) -> Profiles:
    """Return what `step(Profiles.load(path, columns))` would, never holding the features.

    Metadata is read first, text as codes; then a block of columns at a time, of all rows, which
    parquet keeps apart: the file is read once. Nothing is written. 5 million cells x 384 float32
    take less than 2 GiB (`benchmarks/streaming.py`).

    Args:
        path: A parquet file, of any table that `Profiles.load` reads.
        step: Mean or median, by any columns.
        columns: Our name -> the table's own name, where the convention is not enough.
        progress: Called with (rows read, rows to read over all passes).
        complete: Adds metadata to all rows before they are combined, and derives the roles, as
            joined tables do. It takes and returns profiles without features.

    Raises:
        InputError: No parquet file, a way of aggregating that needs all features of a row at once
            (`modz`), or as loading and aggregating.
    """
    path = Path(path)
    if step.how not in _REDUCE:
        raise InputError(
            f"aggregate_file cannot stream how = '{step.how}': it compares the rows of a group",
            fix="use mean or median, or load the table with Profiles.load",
        )
    if path.suffix != ".parquet" or not path.is_file():
        what = "streams parquet only" if path.exists() else "no such file"
        raise InputError(what, where=path, fix="" if what[0] == "n" else "use Profiles.load")
    try:
        with opened(path) as file:
            return _Streamed.of(file, path, columns or {}, complete).aggregate(step, progress)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(error).at(path) from error
    except InputError as error:
        raise error.at(path) from error


class _Streamed:
    """A file of which the metadata is held, and the features are read as they are needed."""

    def __init__(
        self, file: pq.ParquetFile, table: Profiles, names: list[str], inside: Mapping[str, str]
    ) -> None:
        self.file, self.table, self.names = file, table, names
        self.inside = inside

    @classmethod
    def of(
        cls,
        file: pq.ParquetFile,
        path: Path,
        columns: Mapping[str, str],
        complete: Callable[[Profiles], Profiles] | None,
    ) -> _Streamed:
        """Return the file with its metadata read and its features known by name."""
        note = note_of(file.schema_arrow)
        there = FileColumns(file, ours=note.features is not None)
        if note.features is None:
            choice = there.choice(columns)
        else:
            choice = Choice(list(note.features), {})
            there.refuse_lost(choice.names)
        names = choice.names
        meta, facts = there.metadata(names, columns, roles=complete is None)
        facts = {**choice.facts, **facts}
        refuse_metadata(names, meta.columns)
        chain = note.provenance or (
            load_entry(
                path,
                (path,),
                (len(meta), len(names)),
                parameters={"columns": dict(columns)},
                facts=facts,
            ),
        )
        source = Source.of(meta.index, path.name)
        empty = np.empty((len(meta), 0), np.float32)
        made = Profiles(meta, empty, (), chain, source)
        if complete is not None:
            made = complete(made)
            refuse_metadata(names, made.meta.columns)
        return cls(file, made, names, there.inside)

    def aggregate(self, step: Aggregate, progress: Progress) -> Profiles:
        """Return one profile per group."""
        if not step.by:
            raise InputError("aggregate needs at least one column", where="by")
        n = len(self.table)
        width = max(2, _MEMORY // (4 * max(1, n)))
        blocks = [self.names[i : i + width] for i in range(0, len(self.names), width)]
        passes = 1 if step.incomplete == "refuse" else 2  # the first for what is missing
        read = _RowsRead(progress, n * len(blocks) * passes)
        groups = RowGroups.of(self.table, step.by, "aggregate")
        rows = step.rows(groups)
        dropped = n - len(rows)
        missing = MissingFeatures(n)
        if step.incomplete != "refuse":
            for block in blocks:
                for begin, x in self._batches(block):
                    missing.look(begin, x)
                    read.add(len(x))
        groups, lost = only_complete(self.table, groups, missing, step.incomplete, "aggregate")
        rows = np.flatnonzero(groups.codes >= 0)
        unused = np.zeros(n, dtype=bool) if step.incomplete == "refuse" else groups.codes < 0
        codes = groups.codes[rows]
        within, start = by_group(codes, len(groups))
        meta, facts = _reduced(self.table.meta, rows[within], groups, codes[within], start)
        within = rows[within]
        del codes
        made = np.empty((len(start), len(self.names)), np.float32)
        bad = NotFinite(self.table, self.names)
        for i, block in enumerate(blocks):
            x = self._columns(block, read, bad, unused)
            if not bad.values:  # once one is bad the others are only counted
                made[:, i * width : i * width + len(block)] = _REDUCE[step.how](x, within, start)
            del x  # before the next is read
        bad.refuse()
        return self.table.after(
            step,
            meta=meta,
            features=made,
            names=self.names,
            rows_dropped=dropped,
            **lost,
            **facts,
        )

    def _columns(
        self, names: list[str], read: _RowsRead, bad: NotFinite, unused: Bool[np.ndarray, " n"]
    ) -> Float32[np.ndarray, "n k"]:
        """Return some features of all rows."""
        out = np.empty((len(self.table), len(names)), np.float32)
        for begin, x in self._batches(names):
            x[unused[begin : begin + len(x)]] = 0  # what they hold is nobody's
            out[begin : begin + len(x)] = x
            bad.look(names, begin, x)
            read.add(len(x))
        return out

    def _batches(self, names: list[str]) -> Iterator[tuple[int, Float32[np.ndarray, "m k"]]]:
        """Yield some features of the rows in turn, with the number of the first of them."""
        begin = 0
        inside = [self.inside[name] for name in names]
        for batch in self.file.iter_batches(_ROWS, columns=inside, use_threads=False):
            x = np.empty((len(batch), len(names)), np.float32)
            rows = pd.RangeIndex(begin, begin + len(batch))
            for i, name in enumerate(names):
                read = _numbers(batch.column(i), name, begin)[:, None]
                x[:, [i]] = measured_in_float32(read, [name], rows)
            yield begin, x
            begin += len(x)


def _numbers(values: pa.Array, name: str, begin: int) -> np.ndarray:
    """Return a column of some rows, of which the first has this number, as numbers."""
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return values.to_numpy(zero_copy_only=False)
    frame = frame_of(pa.table({name: values}))[name]
    rows = frame.set_axis(range(begin, begin + len(frame)))
    return numbers(spelt(rows, name), name).to_numpy()


class _RowsRead:
    """Counts the rows read, over all passes."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, rows: int) -> None:
        """Count more rows, and report how many were read."""
        self._done += rows
        self._progress(self._done, self._total)


def _reduced(
    meta: pd.DataFrame,
    rows: Int64[np.ndarray, " n"],
    groups: RowGroups,
    codes: Int64[np.ndarray, " n"],
    start: Int64[np.ndarray, " g"],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the groups' metadata and facts, made column by column: each is copied alone."""
    made: dict[str, Any] = {}
    facts: dict[str, Any] = {"joined": [], "dropped": [], "partly_missing": {}}
    count = None
    for name in meta.columns:
        table, found = metadata(meta[[name]].iloc[rows], groups, codes, start)
        if name in table.columns and name != "count":
            made[name] = table[name]
        if count is None or name == "count":
            count = table["count"]
        for key in ("joined", "dropped"):
            facts[key] += found[key]
        facts["partly_missing"] |= found["partly_missing"]
    return pd.DataFrame({**made, "count": count}), facts
