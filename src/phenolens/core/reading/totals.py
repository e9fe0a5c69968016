"""The row of totals that a spreadsheet adds below a table is not a profile."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.columns import names_an_id
from phenolens.core.errors import InputError
from phenolens.core.reading.place import row_of

_TOTALS = frozenset(
    {
        *("total", "totals", "grand total", "subtotal", "sub total", "sum", "sums"),
        *("summe", "gesamt", "gesamtsumme", "gesamtergebnis", "teilergebnis", "zwischensumme"),
        *("somme", "total g\u00e9n\u00e9ral", "suma", "total general", "totale", "totaal"),
        *("average", "mean", "mittelwert", "moyenne"),
    }
)
_PLACE = ("plate", "well")


def refuse_totals(meta: pd.DataFrame, ids: tuple[str, ...]) -> None:
    """Raise if an id is the word `Total` (or another for it) in a row without plate or well.

    So is the last row where it alone has no id at all: spreadsheets sum below a table without a
    word too.

    Args:
        meta: Metadata by our names, with the file's row numbers as its index.
        ids: Our names of ids; other columns that are ids by their names are looked at too.

    Raises:
        InputError: There is such a row.
    """
    known = [name for name in _PLACE if name in meta.columns]
    blank = meta[known].isna().any(axis=1).to_numpy() if known else np.zeros(len(meta), dtype=bool)
    rows = np.flatnonzero(blank)
    if not len(rows):
        return
    names = [str(n) for n in meta.columns if n in ids or names_an_id(str(n))]
    lacking = meta[names].isna().all(axis=1).to_numpy()
    if len(meta) > 2 and lacking[-1] and not lacking[:-1].any():
        raise InputError(
            f"is a row of totals, or lacks its names: {', '.join(names)} are all blank",
            where=row_of(meta.index, len(meta) - 1),
            fix="delete it",
        )
    for name in names:
        words = meta[name].iloc[rows].astype("string").str.strip(" :.").str.casefold()
        found = np.flatnonzero(words.isin(_TOTALS).to_numpy(dtype=bool))
        if len(found):
            row = int(rows[found[0]])
            lacks = next(place for place in known if pd.isna(meta[place].iloc[row]))
            raise InputError(
                f"is a row of totals: '{name}' is {str(meta[name].iloc[row])!r}, and the {lacks} "
                "is blank",
                where=row_of(meta.index, row),
                fix="delete it",
            )
