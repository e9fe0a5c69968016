"""Embeddings that a table keeps as one list per row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.float32 import measured_in_float32
from phenolens.core.reading.measurements import MARKED
from phenolens.core.reading.place import row_of


def unrolled(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a table with each column of lists of real numbers as one column per number.

    `all_emb` becomes `all_emb_0`, `all_emb_1`, ... in its place; lists of anything else stay.

    Raises:
        InputError: The lists of a column have different lengths, or a row has none.
    """
    objects = [name for name, dtype in frame.dtypes.items() if dtype.kind == "O"]
    lists = {name for name in objects if embeds(str(name), frame[name])}
    if not lists:
        return frame, {}
    parts = [
        _columns(str(name), frame[name]) if name in lists else frame[[name]]
        for name in frame.columns
    ]
    return pd.concat(parts, axis=1), {
        "lists": [str(name) for name in frame.columns if name in lists]
    }


def embeds(name: str, values: pd.Series) -> bool:
    """Return whether a column holds embeddings: lists of real numbers, or as many whole ones."""
    if name.startswith(MARKED) or not pd.api.types.is_object_dtype(values):
        return False
    there = values.dropna()
    if not len(there) or not isinstance(there.iloc[0], list | tuple | np.ndarray):
        return False
    kind = np.asarray(there.iloc[0]).dtype.kind
    if kind in "iu":  # whole numbers are an embedding if every row has as many; else they are ids
        return len(set(map(len, there))) == 1 and len(there) == len(values)
    return kind == "f"


def _columns(name: str, values: pd.Series) -> pd.DataFrame:
    length = len(values.dropna().iloc[0])
    for row, cell in enumerate(values):
        held = len(cell) if isinstance(cell, list | tuple | np.ndarray) else 0
        if held != length:
            raise InputError(
                f"'{name}' holds {held} numbers, the first row has {length}",
                where=row_of(values.index, row),
                fix="a list needs as many numbers in every row; if it is not an embedding, "
                f"rename it 'Metadata_{name}'",
            )
    names = [f"{name}_{i}" for i in range(length)]
    with np.errstate(over="ignore"):
        x = np.stack([np.asarray(cell, dtype=np.float32) for cell in values])
    for row in np.flatnonzero(np.isinf(x).any(axis=1)):  # they may be so in the file
        cell = np.asarray(values.iloc[row], dtype=np.float64)[None]
        measured_in_float32(cell, names, values.index[[row]])
    return pd.DataFrame(x, index=values.index, columns=names)
