"""Parts: what a file of profiles holds, before it becomes Profiles; and how a frame is split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.columns import (
    COMPARTMENTS,
    NEVER_FEATURES,
    is_running_number,
    refuse_metadata,
    to_ours,
    with_roles,
)
from phenolens.core.errors import InputError
from phenolens.core.formats.memory import lack_of_memory
from phenolens.core.formats.note import Note
from phenolens.core.values import SEPARATOR

_LONGEST = 300  # characters that a library says about a damaged file
_MARKED = ("Metadata_", "Image_Metadata_")
# Columns of CellProfiler's image table about the file and the run, not the cells.
_BOOKKEEPING = tuple(
    f"Image_{what}_"
    for what in (
        *("FileName", "PathName", "URL", "MD5Digest", "Frame", "Series", "Width", "Height"),
        *("Scaling", "ExecutionTime", "ModuleError", "Channel", "ProcessingStatus", "Group"),
    )
)


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
    refuse_duplicates(map(str, frame.columns))
    if note.features is not None:
        names = list(note.features)
        refuse_missing(names, frame.columns)
        refuse_other_kinds(names, dict(frame.dtypes))
    else:
        refuse_text(frame)
        names = feature_columns(
            {str(name): dtype for name, dtype in frame.dtypes.items()},
            columns,
            lambda name: holds_whole_numbers(frame[name]),
        )
    return Parts(
        meta=metadata(frame.drop(columns=names), columns),
        features=frame[names].to_numpy(dtype=np.float32),
        names=tuple(names),
        provenance=note.provenance,
        files=files,
    )


def metadata(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return metadata by our names with the roles derived; a list in a cell becomes `a|b`."""
    lists = {name: joined(table[name]) for name in table.columns if _holds_lists(table[name])}
    return with_roles(to_ours(table.assign(**lists) if lists else table, columns))


def feature_columns(
    types: Mapping[str, Any], columns: Mapping[str, str], whole: Callable[[str], bool]
) -> list[str]:
    """Return CellProfiler's feature columns, or else every numeric column that is not metadata.

    Args:
        types: Column -> its dtype.
        columns: Our name -> the table's own: these are metadata whatever they hold.
        whole: Tells whether a column has only whole numbers; called for running numbers.

    Raises:
        InputError: No column is a feature, one is metadata by its name, or a code by its type.
    """
    open_to = [
        name
        for name, dtype in types.items()
        if not name.startswith((*_MARKED, *_BOOKKEEPING))
        and name not in columns.values()
        and name not in NEVER_FEATURES
        and pd.api.types.is_numeric_dtype(dtype)
        and not pd.api.types.is_bool_dtype(dtype)
        and not pd.api.types.is_complex_dtype(dtype)
    ]
    compartment = [
        name
        for name in open_to
        if name.startswith(COMPARTMENTS)
        # A single cell's number is an id; its mean over a well is what CellProfiler measured.
        and not (is_running_number(name) and whole(name))
    ]
    names = compartment or open_to
    if not names:
        raise InputError("no numeric feature column", fix=f"columns: {list(types)[:12]}")
    refuse_metadata(names, ())
    codes = [name for name in names if pd.api.types.is_integer_dtype(types[name])]
    if not compartment and 0 < len(codes) < len(names):  # such as codes appended to an embedding
        raise InputError(
            f"'{codes[0]}' holds whole numbers among real ones: a code, not a measurement?",
            fix=f"rename it 'Metadata_{codes[0]}', or write it with a decimal point",
        )
    return names


def holds_whole_numbers(values: pd.Series) -> bool:
    """Return whether every value that is not missing is a whole number."""
    if pd.api.types.is_integer_dtype(values):
        return True
    there = values.dropna().to_numpy(dtype=np.float64)
    return bool((there == np.floor(there)).all())


def unreadable(error: Exception) -> InputError:
    """Return the error of a file that its library cannot read, or has no memory for."""
    text = str(error)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return lack_of_memory(error) or InputError(
        f"cannot be read as a table: {text}", fix="copy or export it again"
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


def refuse_text(frame: pd.DataFrame) -> None:
    """Raise if a measurement of a compartment is not a number: names its first row."""
    for name in map(str, frame.columns):
        measured = name.startswith(COMPARTMENTS) and not name.startswith((*_MARKED, *_BOOKKEEPING))
        if not measured or pd.api.types.is_numeric_dtype(frame[name]):
            continue
        numbers = pd.to_numeric(frame[name].astype(object), errors="coerce")
        wrong = np.flatnonzero(numbers.isna() & frame[name].notna())
        # Text in most rows is a column of text; text in some rows is a damaged measurement.
        if 0 < len(wrong) < len(frame) / 2:
            raise InputError(
                f"'{name}' is {frame[name].iloc[wrong[0]]!r}, not a number "
                f"({len(wrong)} such values)",
                where=f"row {wrong[0]}",
                fix="correct the value, or leave the cell empty",
            )


def _holds_lists(values: pd.Series) -> bool:
    if not pd.api.types.is_object_dtype(values):
        return False
    there = values.dropna()
    return bool(len(there)) and isinstance(there.iloc[0], list | tuple | np.ndarray)


def joined(values: pd.Series) -> pd.Series:
    """Return each list as text, its values joined by the separator of sets in a cell."""
    return values.map(
        lambda cell: (
            SEPARATOR.join(map(str, cell)) if isinstance(cell, list | tuple | np.ndarray) else cell
        )
    )
