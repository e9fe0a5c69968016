"""Blanks around a name or a cell do not belong to it; a cell of blanks is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

# Spaces of any kind (also non-breaking), the byte-order mark, and spaces without a width.
_BLANK = "[\\s\ufeff\u200b-\u200d\u2060]"
_AROUND = re.compile(f"^{_BLANK}+|{_BLANK}+$")
_AT_AN_EDGE = re.compile(f"\n{_BLANK}|{_BLANK}\n")  # of one of several lines
UNNAMED = "Unnamed: "  # as pandas names it, by the place from 0
# What pandas takes for missing in a CSV is missing in every format.
MISSING = frozenset(
    {
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"),
        *("1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)


def bare(text: str) -> str:
    """Return a text without the blanks around it.

    Example:
        >>> bare("\ufeff DMSO\u00a0")
        'DMSO'
    """
    return text.strip() if text.isascii() else _AROUND.sub("", text)


def bare_names(names: Iterable[object]) -> list[str]:
    """Return the names of columns as text, without the blanks around them.

    A column without a name is named by its place, as in `Unnamed: 3`.
    """
    texts = [bare(str(name)) for name in names]
    return [text or f"{UNNAMED}{place}" for place, text in enumerate(texts)]


def all_bare(distinct: Any) -> bool:
    """Return whether all values are text, without blanks around it, and none of it is missing.

    A million of them take tenths of a second; false may also mean that a value has several lines.

    Args:
        distinct: An array or pandas index, without missing values.
    """
    if pd.api.types.infer_dtype(distinct, skipna=False) != "string":
        return False
    lines = "\n".join(["", *distinct, ""])
    return not _AT_AN_EDGE.search(lines) and MISSING.isdisjoint(distinct)


def on_distinct(values: pd.Series, change: Callable[[Any], object]) -> pd.Series:
    """Return a column with every value changed, each distinct one once; missing stays missing.

    A column of categories stays one, any other becomes a column of objects.

    Args:
        values: Any column.
        change: Returns the new value; `None` is missing.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, distinct = values.cat.codes.to_numpy(), values.cat.categories
    else:
        codes, distinct = pd.factorize(values)
    changed = pd.Series([change(value) for value in distinct], dtype=object)
    if isinstance(values.dtype, pd.CategoricalDtype):
        place, kept = pd.factorize(changed)
        made = pd.Categorical.from_codes(np.append(place, -1)[codes], categories=pd.Index(kept))
        return pd.Series(made, index=values.index, name=values.name)
    table = np.append(changed.where(changed.notna(), np.nan).to_numpy(object), np.nan)
    return pd.Series(table[codes], index=values.index, name=values.name, dtype=object)


def stripped(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return a table whose names and text cells have no blanks around them, and how many had.

    Args:
        frame: Any columns; those of other types stay as they are.

    Returns:
        The table, with the pandas index it had, and the number of names and cells changed.
    """
    names = bare_names(frame.columns)
    count = sum(new != str(old) for new, old in zip(names, frame.columns, strict=True))
    columns: dict[int, pd.Series] = {}
    for place in range(frame.shape[1]):
        values = frame.iloc[:, place]
        if not is_text(values):
            continue
        clean, changed = _stripped(values)
        count += changed
        if clean is not values:
            columns[place] = clean
    if columns:
        parts = [columns.get(i, frame.iloc[:, i]) for i in range(frame.shape[1])]
        frame = pd.concat(parts, axis=1)
    else:
        frame = frame.copy(deep=False)
    frame.columns = pd.Index(names, dtype=object)
    return frame, count


def is_text(values: pd.Series) -> bool:
    """Return whether a column may hold text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return bool(values.cat.categories.dtype == object or _string(values.cat.categories))
    return bool(pd.api.types.is_object_dtype(values) or _string(values))


def _string(values: Any) -> bool:
    return isinstance(values.dtype, pd.StringDtype)


def _stripped(values: pd.Series) -> tuple[pd.Series, int]:
    """Return a text column without blanks, the same object where nothing changes."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, distinct = values.cat.codes.to_numpy(), values.cat.categories
    else:
        try:
            codes, distinct = pd.factorize(values)
        except TypeError:  # lists in the cells
            return values, 0
    if all_bare(distinct):
        return values, 0
    clean = {text: bare(text) for text in distinct if isinstance(text, str)}
    new = {text: clear for text, clear in clean.items() if clear != text}
    missing = {text for text, clear in clean.items() if clear in MISSING}
    if not new and not missing:
        return values, 0
    blank = np.array([text in new and text not in ("",) for text in distinct], dtype=bool)
    count = int(np.append(blank, False)[codes].sum())

    def change(value: Any) -> object:
        if not isinstance(value, str):
            return value
        return None if value in missing else new.get(value, value)

    return on_distinct(values, change), count
