"""Moved: how many of a treatment's nearest profiles are the same in two runs.

Coordinates of two representations cannot be compared, but which profiles are near each other can.
The measure is the share of the k nearest that both have (Wang et al. 2020, neighbourhood overlap).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.profiles import Profiles
from phenolens.neighbours.nearest import k_nearest
from phenolens.results.treatments import text

NEAREST = 5
_MOST = 20_000  # profiles: more have too many pairs


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Neighbourhoods of the profiles that two runs share.

    Attributes:
        table: Treatment, moa and `kept`: the share of its nearest profiles that are still near;
            those that moved most first.
        kept: The mean.
        chance: What two unrelated runs share: k / (n - 1).
    """

    table: pd.DataFrame
    kept: float
    chance: float


def moved(one: Profiles | None, other: Profiles | None) -> Moved | None:
    """Return how neighbourhoods differ, by cosine; rows of zeros have none and are left out.

    None without a column `treatment`, and where too few treatments are in both, or too many.
    """
    if one is None or other is None:
        return None
    if not all("treatment" in table.meta for table in (one, other)):
        return None
    one, other = (
        table.take(np.flatnonzero(np.any(table.features, axis=1))) for table in (one, other)
    )
    names = [_names(table) for table in (one, other)]
    shared = [name for name in dict.fromkeys(names[1]) if name in set(names[0])]
    count = len(shared)
    if not NEAREST + 1 < count <= _MOST or any(len(set(n)) < len(n) for n in names):
        return None
    rows = [pd.Index(n).get_indexer(shared) for n in names]
    both = zip((one, other), rows, strict=True)
    near = [_nearest(table.features[row].astype(np.float64)) for table, row in both]
    kept = np.array([len(np.intersect1d(a, b)) / NEAREST for a, b in zip(*near, strict=True)])
    meta = other.meta.iloc[rows[1]].reset_index(drop=True)
    table = pd.DataFrame({"treatment": shared, "kept": kept})
    table["moa"] = [text(value) or "" for value in meta["moa"]] if "moa" in meta else ""
    table = table.sort_values("kept", kind="stable", ignore_index=True)
    return Moved(table, float(kept.mean()), NEAREST / (count - 1))


def _names(table: Profiles) -> list[str]:
    return [text(value) or "" for value in table.meta["treatment"]]


def _nearest(features: Float64[np.ndarray, "n d"]) -> Int64[np.ndarray, "n k"]:
    return k_nearest(features, NEAREST, "cosine")[0]
