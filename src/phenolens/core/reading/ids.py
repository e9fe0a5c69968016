"""Ids are text, as they are written: `0042`, `42` and `4.2E1` are three plates."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from phenolens.core.reading.blanks import MISSING, all_bare, bare, on_distinct

# A whole number that a program wrote with a decimal point, as pandas does next to a blank.
_POINT_ZERO = re.compile(r"-?(?:0|[1-9]\d*)\.0", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?+", re.ASCII)
_MINUS_ZERO = re.compile(r"-0(?:\.0*)?")
_FLAGS = frozenset({"True", "False"})
_LARGEST = 2**63  # a whole number of this size or more is text


def id_text(values: pd.Series) -> pd.Series:
    """Return a column of ids as text; a missing value stays missing.

    A number is spelt as it is written: 42 is `42`, 0.5 is `0.5`; a flag is `True` or `False`. Text
    stays as it is, without the blanks around it. Where every number in a column ends in `.0` (as
    pandas writes whole numbers next to a blank), the `.0` is left out.

    Args:
        values: Any column; categories stay categories.

    Example:
        >>> id_text(pd.Series([41744.0, np.nan, 7.0])).tolist()
        ['41744', nan, '7']
        >>> id_text(pd.Series(["0042", "41E1"])).tolist()
        ['0042', '41E1']
    """
    return _with_distinct(values)[0]


def own_type(values: pd.Series) -> pd.Series:
    """Return a column of metadata without a role: numbers with decimals, flags, else ids.

    Text becomes a number only where no spelling is lost: every value is written as Python writes
    that number, and one of them has decimals (`0.5`, `12`; not `0.50`, `007` or `1E3`). So a
    table has the same values whether its file has types or not.
    """
    if pd.api.types.is_bool_dtype(values) and not values.isna().any():
        return values.astype(bool)
    text, distinct = _with_distinct(values)
    flags = 0 < len(distinct) <= len(_FLAGS) and _FLAGS.issuperset(distinct)
    if flags and not text.isna().any():
        return text.astype(object) == "True"
    if not any(_has_decimals(value) for value in distinct) or not _all_exact(distinct):
        return text
    return text.astype(object).astype(np.float64)


def whole_or_text(values: pd.Series) -> pd.Series:
    """Return running numbers as numbers if they are written as such, else as ids.

    A format with types gives what a CSV of the same values gives: 1.0 and 2.0 are whole numbers,
    1e22 is text.
    """
    if values.dtype.kind == "i" and isinstance(values.dtype, np.dtype):
        return values
    text, distinct = _with_distinct(values)
    if not all(_exact(value) and abs(float(value)) < _LARGEST for value in distinct):
        return text
    return pd.to_numeric(text.astype(object))


def _with_distinct(values: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return a column of ids as text, and its distinct texts: to find them takes longest."""
    made, texts = _all_spelt(values)
    if texts is None:
        texts = _distinct(made)
    numbers = (text for text in texts if _NUMBER.fullmatch(text))
    first = next(numbers, "")
    if _POINT_ZERO.fullmatch(first) and all(map(_POINT_ZERO.fullmatch, numbers)):
        made = on_distinct(made, lambda text: text[:-2] if _POINT_ZERO.fullmatch(text) else text)
        texts = _distinct(made)
    return made, texts


def _all_spelt(values: pd.Series) -> tuple[pd.Series, np.ndarray | None]:
    """Return each value as text; a column that is such text already, as it is, with its texts."""
    if pd.api.types.is_object_dtype(values):
        distinct = pd.unique(values.dropna())
        if all_bare(distinct) and not any(map(_MINUS_ZERO.fullmatch, distinct)):
            return values.where(values.notna(), np.nan), np.asarray(distinct, dtype=object)
    return on_distinct(values, _spelt), None


def _distinct(text: pd.Series) -> np.ndarray:
    found = text.cat.categories if hasattr(text, "cat") else pd.unique(text.dropna())
    return np.asarray(found, dtype=object)


def _all_exact(written: np.ndarray) -> bool:
    """Return whether all texts are how Python writes the numbers in them.

    Arrow writes most numbers as Python does, many times as fast; the others are looked at singly.
    """
    try:
        texts = pa.array(written, type=pa.string())
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:  # one is not a number
        return all(map(_exact, written))
    finite = pc.is_finite(numbers)
    alike = pc.and_(pc.equal(pc.cast(numbers, pa.string()), texts), finite)
    return all(_exact(written[i]) for i in np.flatnonzero(~alike.to_numpy(zero_copy_only=False)))


def _exact(text: str) -> bool:
    """Return whether a text is how Python writes the number in it."""
    try:
        if repr(float(text)) == text:
            return text[-1].isdecimal()  # neither nan nor inf
        return text.lstrip("-").isdecimal() and str(int(text)) == text
    except ValueError:  # not a number, or one of thousands of digits
        return False


def _has_decimals(text: str) -> bool:
    return "." in text and bool(_NUMBER.fullmatch(text)) and not float(text).is_integer()


def _spelt(value: Any) -> str | None:
    """Return one value as text."""
    if isinstance(value, str):
        text = bare(value)
        if text.startswith("-0") and _MINUS_ZERO.fullmatch(text):
            return text[1:]  # the same number as zero
        return None if text in MISSING else text
    if isinstance(value, bytes):
        return bare(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, Decimal):
        return _decimal(value)
    # A float as a CSV has it: `2.0`, where another value of the column is `1.5`; -0.0 is `0.0`.
    return str(value + 0.0 if isinstance(value, float | np.floating) else value)


def _decimal(value: Decimal) -> str | None:
    """Return every digit of a database's number, without zeros at the end of its decimals."""
    if not value:
        return "0"
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return None if value.is_nan() else text
