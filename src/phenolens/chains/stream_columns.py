"""What a parquet file holds, read a column at a time: metadata, and which are features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int64

from phenolens.core.columns import to_ours
from phenolens.core.errors import InputError
from phenolens.core.formats.arrow import frame_of
from phenolens.core.formats.parquet import column_names
from phenolens.core.formats.parts import refuse_duplicates, refuse_missing, refuse_other_kinds
from phenolens.core.reading.blanks import UNNAMED, bare, bare_names
from phenolens.core.reading.embeddings import embeds
from phenolens.core.reading.measurements import Choice, choose
from phenolens.core.reading.metadata import described, holds_lists, joined
from phenolens.core.reading.spelling import spelt
from phenolens.core.roles import ROLE_COLUMNS, with_roles


class FileColumns:
    """The columns of an open parquet file, each read when it is needed.

    Attributes:
        file: The file.
        ours: We wrote it: it is read as it is.
        inside: Name in memory -> name in the file, of the columns that are read.

    Raises:
        InputError: Two columns would have one name, or the table of another program has no rows.
    """

    def __init__(self, file: pq.ParquetFile, *, ours: bool) -> None:
        self.file, self.ours = file, ours
        there = column_names(file)
        names = there if ours else bare_names(there)
        refuse_duplicates(names)
        if not ours and not file.metadata.num_rows:
            raise InputError("the table has no rows", fix="export it again, with its rows")
        self.inside = dict(zip(names, there, strict=True))
        for name in [name for name in names if name.startswith(UNNAMED) and not ours]:
            if self.raw(name).isna().all():
                del self.inside[name]

    def raw(self, name: str) -> pd.Series:
        """Return a column with its own values, text as a category."""
        inside = self.inside[name]
        table = self.file.read(columns=[inside], use_threads=False)
        kind = table.schema.field(0).type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            table = pa.table({inside: table.column(0).dictionary_encode()})
        return frame_of(table, foreign=not self.ours)[inside].rename(name)

    def choice(self, columns: Mapping[str, str]) -> Choice:
        """Return which columns are features, as a table in memory would have them.

        Raises:
            InputError: As `choose`, or a column holds one embedding per row.
        """
        schema = self.file.schema_arrow  # made anew whenever it is asked for
        dtypes = schema.empty_table().to_pandas(ignore_metadata=True).dtypes.to_dict()
        for name, inside in self.inside.items():
            if pa.types.is_nested(schema.field(inside).type) and embeds(name, self.raw(name)):
                raise InputError(f"'{name}' holds lists", fix="read the table without --stream")
        return choose(
            {name: _type(dtypes[inside]) for name, inside in self.inside.items()},
            lambda name: spelt(self.raw(name), name),
            columns,
            coordinates=getattr(columns, "coordinates", False),
        )

    def refuse_lost(self, features: list[str]) -> None:
        """Raise if a feature that the note of a file of ours names is not a column of numbers."""
        refuse_missing(features, self.inside)
        types = self.file.schema_arrow.empty_table().to_pandas(ignore_metadata=True).dtypes
        refuse_other_kinds(features, types.to_dict())

    def metadata(
        self, features: list[str], columns: Mapping[str, str], *, roles: bool = True
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the metadata by our names, and what was changed.

        Args:
            features: The columns that are not metadata.
            columns: Our name -> the table's own.
            roles: Derive the roles, with text as categories. Else those that are given are checked,
                and text is text, to which other tables can be joined.
        """
        taken = set(features)
        kept = [name for name in self.inside if name not in taken]
        rows = pd.RangeIndex(self.file.metadata.num_rows)
        frame = pd.DataFrame({name: self._column(name) for name in kept}, index=rows)
        if self.ours:
            meta = to_ours(frame, columns)
            return (_roles(meta) if roles else _plain(meta)), {}
        meta, facts = described(frame, columns)
        renamed = sum(bool(old) and bare(old) != old for old in column_names(self.file))
        blanks = facts.pop("blanks_stripped", 0) + renamed
        meta = _roles(meta) if roles else _plain(meta)
        return meta, {**facts, **({"blanks_stripped": blanks} if blanks else {})}

    def _column(self, name: str) -> pd.Series:
        """Return a column of metadata; lists and times are categories of text."""
        values = self.raw(name)
        if self.ours:
            return values
        made = spelt(joined(values) if holds_lists(values) else values, name)
        return made if made is values else made.astype("category")


def _type(dtype: Any) -> Any:
    """Return the dtype of a column after its times have become text."""
    return np.dtype(object) if getattr(dtype, "kind", "") in ("m", "M") else dtype


def _plain(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata with its categories as text, the roles that it gives checked."""
    _roles(meta.copy(deep=False))  # names the row whose control or concentration cannot be read
    text = [name for name in meta if isinstance(meta[name].dtype, pd.CategoricalDtype)]
    return meta.astype(dict.fromkeys(text, object))


def _roles(meta: pd.DataFrame) -> pd.DataFrame:
    """Return what `with_roles` does, by the distinct rows of what it reads."""
    read = [name for name in ROLE_COLUMNS if name in meta.columns]
    if not read or not len(meta):
        return with_roles(meta)
    codes: Int64[np.ndarray, " n"] = np.zeros(len(meta), np.int64)
    for name in read:
        found = pd.factorize(meta[name], use_na_sentinel=False)[0]
        codes = pd.factorize(codes * (int(found.max()) + 1) + found)[0].astype(np.int64)
    first = np.unique(codes, return_index=True)[1]  # codes count up as they first appear
    distinct = meta[read].iloc[first]
    text = [name for name in read if isinstance(distinct[name].dtype, pd.CategoricalDtype)]
    made = with_roles(distinct.astype(dict.fromkeys(text, object)))
    for name in made.columns:
        values = made[name]
        if pd.api.types.is_object_dtype(values):
            values = values.astype("category")
        meta[name] = values.take(codes).set_axis(meta.index)
    return meta
