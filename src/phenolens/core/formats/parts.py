"""Parts: what a file of profiles holds, before it becomes Profiles; and how a frame is split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.columns import to_ours
from phenolens.core.errors import InputError
from phenolens.core.float32 import measured_in_float32
from phenolens.core.formats.library_words import in_our_words
from phenolens.core.formats.memory import lack_of_memory
from phenolens.core.formats.note import Note
from phenolens.core.reading.blanks import UNNAMED, bare_names
from phenolens.core.reading.embeddings import unrolled
from phenolens.core.reading.measurements import choose, is_plain_number
from phenolens.core.reading.metadata import described
from phenolens.core.reading.numbers import numbers
from phenolens.core.reading.spelling import as_text_files_have


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What a file of profiles holds.

    Attributes:
        meta: One row per profile, by our column names, roles derived.
        features: (n, d), in any real type; float32 where that loses nothing.
        names: One per feature.
        provenance: The chain that a file of ours carries; empty for others.
        files: What was read, for the fingerprint of the input.
        facts: What the reader reports about this file.
    """

    meta: pd.DataFrame
    features: np.ndarray
    names: tuple[str, ...]
    provenance: tuple[Mapping[str, Any], ...] = ()
    files: tuple[Path, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def from_frame(
    frame: pd.DataFrame,
    note: Note,
    columns: Mapping[str, str],
    files: tuple[Path, ...] = (),
) -> Parts:
    """Split a table into metadata and features, and name the metadata our way.

    Args:
        frame: Metadata and features in one table.
        note: The note of a file of ours; empty for others.
        columns: Our name -> the table's own name, where the convention is not enough.
        files: What was read.

    Raises:
        InputError: A name appears twice, no column is a feature, a measurement is text, or
            metadata is among the features.
    """
    if note.features is not None:
        names = list(note.features)
        refuse_duplicates(map(str, frame.columns))
        refuse_missing(names, frame.columns)
        refuse_other_kinds(names, dict(frame.dtypes))
        meta = to_ours(frame.drop(columns=names), columns)
        facts: dict[str, Any] = {}
    else:
        bare = bare_names(frame.columns)
        blanks = int(frame.attrs.pop("blanks", 0))  # each column taken from it would copy them
        names_there = map(str, frame.columns)
        blanks += sum(bool(old) and new != old for new, old in zip(bare, names_there, strict=True))
        refuse_duplicates(bare)
        refuse_empty(frame)
        frame, facts = unrolled(without_unnamed(frame.set_axis(bare, axis=1)))
        frame = as_text_files_have(frame, short=False)
        choice = choose(
            {str(name): dtype for name, dtype in frame.dtypes.items()},
            frame.__getitem__,
            columns,
            coordinates=getattr(columns, "coordinates", False),
        )
        names = choice.names
        meta, changed = described(frame.drop(columns=names), columns)
        texts = [c for c in meta if isinstance(meta[c].dtype, pd.CategoricalDtype)]
        meta = meta.astype(dict.fromkeys(texts, object))
        blanks += changed.pop("blanks_stripped", 0)
        facts = {**facts, **choice.facts, **changed}
        facts |= {"blanks_stripped": blanks} if blanks else {}
    return Parts(
        meta=meta,
        features=matrix(frame, names),
        names=tuple(names),
        provenance=note.provenance,
        files=files,
        facts=facts,
    )


def matrix(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Return (n, d) float32 of these columns, each of them numbers in whatever type.

    Raises:
        InputError: A value is not a number, or more than float32 holds: names column, row and
            value.
    """
    types = frame.dtypes.to_dict()
    odd = {n: numbers(frame[n], n) for n in names if not is_plain_number(types[n])}
    plain = frame[names].assign(**odd)
    made: np.ndarray
    with np.errstate(over="ignore"):
        made = plain.to_numpy(dtype=np.float32, na_value=np.nan)
    for column in np.flatnonzero(np.isinf(made).any(axis=0)):  # they may be so in the file
        values = plain.iloc[:, [column]].to_numpy(dtype=np.float64, na_value=np.nan)
        measured_in_float32(values, [names[column]], frame.index)
    return made


def without_unnamed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the columns that have neither a name nor a value."""
    unnamed = [name for name in frame.columns if str(name).startswith(UNNAMED)]
    empty = [name for name in unnamed if frame[name].isna().all()]
    return frame.drop(columns=empty) if empty else frame


def refuse_empty(frame: pd.DataFrame) -> None:
    """Raise if a table has no rows."""
    if not len(frame):
        raise InputError("the table has no rows", fix="export it again, with its rows")


def unreadable(error: Exception) -> InputError:
    """Return the error of a file that its library cannot read, or has no memory for."""
    text = in_our_words(error)
    longer = " fields in line " in text  # as pandas says it
    fix = "name every column in the header, and delete the lines around the table"
    return lack_of_memory(error) or InputError(
        f"cannot be read as a table: {text}", fix=fix if longer else "copy or export it again"
    )


def refuse_duplicates(names: Iterable[str]) -> None:
    """Raise if a column name appears twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"column '{name}' appears twice", fix="rename or drop one of them")
        seen.add(name)


def refuse_missing(names: list[str], there: Iterable[str]) -> None:
    """Raise if a file of ours has lost a feature that its note names."""
    known = set(there)
    lost = [name for name in names if name not in known]
    if lost:
        raise InputError(
            f"lacks the feature '{lost[0]}' that its note names ({len(lost)} missing)",
            fix="write it again with Profiles.save",
        )


def refuse_other_kinds(names: Iterable[str], types: Mapping[str, Any]) -> None:
    """Raise if a feature that the note of a file of ours names is not a column of numbers."""
    for name in names:
        if not pd.api.types.is_numeric_dtype(types[name]):
            raise InputError(
                f"its note names '{name}' a feature, but it holds {types[name]}, no numbers",
                fix="write it again with Profiles.save",
            )
