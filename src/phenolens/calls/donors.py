"""Donors: for each image another one, whose pixels may take the place of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.calls.scales import places_of
from phenolens.calls.wells import codes_of_wells
from phenolens.core.reading.flags import control_rows


def control_donors(
    meta: pd.DataFrame, rows: Int64[np.ndarray, " k"], by: str, rng: np.random.Generator
) -> Int64[np.ndarray, " k"]:
    """Return a control image of the same plate for each image; -1 where there is none.

    Of another well where the plate has several control wells; never the image itself.

    Args:
        meta: Of all images: plate, well, control.
        rows: The images that need a donor.
        by: Column that both share: plate, or batch; empty: any will do.
        rng: Of the draw.
    """
    return _drawn(meta, rows, np.flatnonzero(control_rows(meta)), places_of(meta, by), rng)


def own_donors(
    meta: pd.DataFrame,
    rows: Int64[np.ndarray, " k"],
    same: str,
    by: str,
    rng: np.random.Generator,
) -> Int64[np.ndarray, " k"]:
    """Return another image of the same value for each image; -1 where there is none.

    Of the same plate, and where that has no other one, of any. For controls another control. What
    it loses, a swap of images loses by itself: channels that do not fit each other.

    Args:
        meta: Of all images: plate, well, control, and the column.
        rows: The images that need a donor.
        same: The column whose value is kept.
        by: Column that both share as well where that can be: plate, or batch; empty: none.
        rng: Of the draw.
    """
    value = meta[same].astype(str).str.strip().mask(control_rows(meta), "\0control")
    both = pd.Series(list(zip(places_of(meta, by), value, strict=True)), index=meta.index)
    every = np.arange(len(meta))
    donors = _drawn(meta, rows, every, both.to_numpy(dtype=object), rng)
    alone = donors < 0
    donors[alone] = _drawn(meta, rows[alone], every, value.to_numpy(dtype=object), rng)
    return donors


def _drawn(
    meta: pd.DataFrame,
    rows: Int64[np.ndarray, " k"],
    givers: Int64[np.ndarray, " g"],
    place: np.ndarray,
    rng: np.random.Generator,
) -> Int64[np.ndarray, " k"]:
    group = pd.factorize(place)[0]
    well = codes_of_wells(meta)
    offered = {code: givers[group[givers] == code] for code in np.unique(group[rows])}
    donors = np.full(len(rows), -1, dtype=np.int64)
    for i, row in enumerate(rows):
        others = offered[group[row]]
        others = others[others != row]
        elsewhere = others[well[others] != well[row]]
        others = elsewhere if len(elsewhere) else others
        if len(others):
            donors[i] = others[rng.integers(len(others))]
    return donors
