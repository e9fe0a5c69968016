"""The order of rows by what identifies them, so that the order of a table changes no score."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.profiles import Profiles

# What identifies a row, in this order; what else the table has follows.
IDENTITY = ("cell_line", "treatment", "compound", "plate", "well", "time", "site", "cell")


def canonical_order(profiles: Profiles) -> Int64[np.ndarray, " n"]:
    """Return the rows sorted by what identifies them, at last by their features.

    By cell line, treatment, compound, plate, well, time, site and cell as far as the table has
    them, then by its other columns by name. Rows that agree in all of them and in their features
    are the same row for every purpose.
    """
    meta = profiles.meta
    named = [c for c in IDENTITY if c in meta.columns]
    columns = [*named, *sorted(c for c in map(str, meta.columns) if c not in named)]
    keys = [pd.factorize(meta[c].astype("string"), sort=True)[0] for c in columns]
    order = np.lexsort(keys[::-1]) if keys else np.arange(len(meta))
    alike = np.ones(max(len(meta) - 1, 0), dtype=bool)  # with the row before it in this order
    for key in keys:
        alike &= np.diff(key[order]) == 0
    if not (alike.any() and profiles.names):
        return order.astype(np.int64)
    # Only rows that the metadata cannot tell apart are worth a look at their features.
    place = np.concatenate([[0], np.cumsum(~alike)])
    twin = np.concatenate([alike, [False]]) | np.concatenate([[False], alike])
    bits = np.zeros(len(order), dtype=np.int64)
    raw = np.dtype((np.void, max(1, profiles.features.shape[1] * 4)))
    twins = np.ascontiguousarray(profiles.features[order[twin]])
    bits[twin] = np.unique(twins.view(raw).ravel(), return_inverse=True)[1]
    return order[np.lexsort((bits, place))].astype(np.int64)
