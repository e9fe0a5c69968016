"""A measurement is a number, or the table stops and says where it is not."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.reading.blanks import MISSING, bare
from phenolens.core.reading.place import row_of

_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PERCENT = re.compile(r"([+-]?(?:\d++(?:\.\d*+)?+|\.\d++))\s*+%")
_SPREADSHEET = re.compile(r"#[A-Z?/!]+[0-9]*[!?]?")  # #DIV/0!, #N/D, #NV, #REF!, ...
_ID = re.compile(r"[+-]?0[0-9]+")
_DECIMALS = re.compile(r"[+-]?[0-9]*\.[0-9]+")
# A text that begins as a number or a spreadsheet's error does: a damaged measurement.
_LIKE_A_NUMBER = re.compile(r"[+-]?[.,]?\d|#[A-Z]|[+-]?inf\b", re.IGNORECASE)


def numbers(values: pd.Series, name: str) -> pd.Series:
    """Return a measurement as real numbers, its missing values NaN.

    Numbers as text, decimals of databases and percentages (`12 %` is 0.12) are converted if the
    whole column is written so.

    Args:
        values: A column of any type.
        name: Its name, for the message.

    Raises:
        InputError: A value is not a number: names column, value, row and the way out.
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    codes, distinct = pd.factorize(values)
    read = [_plain(value) for value in distinct]
    found = pd.to_numeric(pd.Series(read, dtype=object), errors="coerce").astype(np.float64)
    odd = [i for i, value in enumerate(read) if pd.isna(found[i]) and value is not None]
    if odd and len(odd) == sum(value is not None for value in read):
        shares = [_PERCENT.fullmatch(str(read[i])) for i in odd]
        if all(shares):
            found[odd] = [float(share[1]) / 100 for share in shares if share]
            odd = []
    if odd:
        at = np.flatnonzero(np.isin(codes, odd))
        raise _refused(values, name, at, str(read[codes[at[0]]]))
    table = np.append(found.to_numpy(np.float64), np.nan)
    return pd.Series(table[codes], index=values.index, name=values.name)


def number_or_nan(values: pd.Series) -> Float64[np.ndarray, " n"]:
    """Return a column of metadata as real numbers, NaN where a value is not a number.

    Times are not numbers, whatever type holds them: pandas would give their nanoseconds.

    Example:
        >>> number_or_nan(pd.Series(["2", None, "x"])).tolist()
        [2.0, nan, nan]
        >>> number_or_nan(pd.Series(pd.to_datetime(["2024-01-02"]))).tolist()
        [nan]
    """
    if values.dtype.kind in "mM" or isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    found = pd.to_numeric(values, errors="coerce")
    return found.to_numpy(dtype=np.float64, na_value=np.nan)


def reads_as_numbers(values: pd.Series) -> bool:
    """Return whether a column of text holds measurements: most of its values begin as numbers.

    Text with a leading zero (`007`) is an id, unless it has decimals (`000.5`).
    """
    there = values.dropna()
    if not len(there) or not (
        pd.api.types.is_object_dtype(values)
        or isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype)
    ):
        return False
    texts = [_plain(value) for value in pd.unique(there.astype(object))]
    known = [text for text in texts if text is not None]
    texts = [text for text in known if isinstance(text, str)]
    if any(map(_ID.fullmatch, texts)) and not any(map(_DECIMALS.fullmatch, texts)):
        return False
    like = [text for text in known if not isinstance(text, str) or _number_like(text)]
    return bool(known) and 2 * len(like) > len(known)


def begins_as_a_number(values: pd.Series) -> bool:
    """Return whether any text in a column begins as a number or a spreadsheet's error does."""
    there = pd.unique(values.dropna().astype(object))
    return any(not isinstance(v, str) or _LIKE_A_NUMBER.match(bare(v)) for v in there)


def _number_like(text: str) -> bool:
    patterns = (_DECIMAL_COMMA, _THOUSANDS, _PERCENT, _SPREADSHEET)
    if any(pattern.fullmatch(text) for pattern in patterns):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(value: Any) -> Any:
    """Return a value that pandas can read as a number, None if it is missing."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):
        text = bare(value).replace("\u2212", "-")  # the minus sign of word processors
        return None if text in MISSING else text
    return value


def _refused(values: pd.Series, name: str, at: np.ndarray, text: str) -> InputError:
    fix = "correct the value, or leave the cell empty"
    if _THOUSANDS.fullmatch(text):
        fix = "write numbers without separators of thousands, with a decimal point"
    elif _DECIMAL_COMMA.fullmatch(text):
        fix = "the decimal sign is a comma: export the table with decimal points"
    elif _SPREADSHEET.fullmatch(text):
        fix = "it is an error value of a spreadsheet: leave the cell empty"
    elif _PERCENT.fullmatch(text):
        fix = "write all values of the column as percentages, or none"
    elif len(at) == int(values.notna().sum()):
        fix = f"if it is not a measurement, rename the column 'Metadata_{name}', or drop it"
    return InputError(
        f"'{name}' is {text!r}, not a number ({count_of(len(at), 'such value')})",
        where=row_of(values.index, int(at[0])),
        fix=fix,
    )
