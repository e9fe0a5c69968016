"""Text that a format cannot hold, found before it is written."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from phenolens.core.columns import to_outside
from phenolens.core.errors import InputError
from phenolens.core.formats.parts import Parts

_DELIMITED = {".csv", ".csv.gz", ".tsv", ".tsv.gz"}  # a carriage return would end the line there
_ENDS_AT_NUL = {*_DELIMITED, ".h5ad"}  # they would cut the text there


_CUTS = {
    "\0": ("a NUL (0), where the text would end", _ENDS_AT_NUL),
    "\r": ("a carriage return, where the line would end", _DELIMITED),
}


def refuse_unstorable(parts: Parts, ending: str) -> None:
    """Raise if a name or a value of the metadata could not be read again as it is.

    Raises:
        InputError: It has half of a character, or a NUL in a format that ends text there; names
            the column and the value.
    """
    outside = to_outside(parts.meta)
    _check([*map(str, outside.columns), *parts.names], "a column is named", ending)
    for name in outside.columns:
        values: Iterable[object] = outside[name]
        if isinstance(outside[name].dtype, pd.CategoricalDtype):
            values = outside[name].cat.categories
        elif outside[name].dtype.kind != "O":
            continue
        texts = dict.fromkeys(value for value in values if isinstance(value, str))
        _check(texts, f"column '{name}' has", ending)


def _check(texts: Iterable[str], who: str, ending: str) -> None:
    known = list(texts)
    whole = "".join(known)
    cuts = {sign: why for sign, (why, where) in _CUTS.items() if ending in where and sign in whole}
    if not (_is_half(whole) or cuts):
        return
    bad = next(text for text in known if _is_half(text) or cuts.keys() & set(text))
    held = "half of a character" if _is_half(bad) else next(cuts[s] for s in cuts if s in bad)
    raise InputError(
        f"cannot be written as '{ending}': {who} {ascii(bad)[:100]}, which holds {held}",
        fix="rename it",
    )


def _is_half(text: str) -> bool:
    """Return whether text has half of a pair of codes (a surrogate), which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
