"""Which rows of a metadata table a pandas query keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.errors import InputError, nearest


def matching(meta: pd.DataFrame, query: str) -> Bool[np.ndarray, " n"]:
    """Return which rows a query keeps, as `moa == moa and not control`; at least one.

    Raises:
        InputError: The query names an unknown column, cannot be read, is not a condition, or keeps
            nothing.
    """
    try:
        kept = meta.eval(query)
    except Exception as error:  # pandas raises many kinds, all of them the query's fault
        name = str(error).split("'")[1::2]
        hint = nearest(name[0] if name else "", meta.columns, "the table has")
        raise InputError(f"cannot apply query {query!r}: {error}", fix=hint) from error
    if not isinstance(kept, pd.Series) or not pd.api.types.is_bool_dtype(kept):
        raise InputError(
            f"query {query!r} is not a condition", fix="compare a column, as in `moa == 'Eg5'`"
        )
    rows = kept.to_numpy(dtype=bool, na_value=False)
    if not rows.any():
        raise InputError(f"query {query!r} keeps none of {len(meta)} rows")
    return np.asarray(rows)
