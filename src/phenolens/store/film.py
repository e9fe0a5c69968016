"""Film strips: which frames of a time-lapse screen are kept to be looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.reading.flags import control_rows

FRAMES = 8  # of a strip, evenly spaced from its first to its last
MOST = 64  # strips


def is_film(meta: pd.DataFrame) -> bool:
    """Return whether the images of a screen are frames of several times."""
    return "time" in meta.columns and meta["time"].nunique() > 1


def film_rows(meta: pd.DataFrame) -> Int64[np.ndarray, " k"]:
    """Return the rows of the frames, strip by strip, each in the order of time.

    A strip is one site of one well: of each compound at its highest concentration the first by cell
    line, plate, well and site, and of each of their plates the first control. They are not chosen
    by what they look like. Without compounds each well is one.

    Args:
        meta: Of the screen, with a column `time`.
    """
    place = [c for c in ("cell_line", "plate", "well", "site") if c in meta.columns]
    ordered = meta.assign(_row=np.arange(len(meta)), _control=control_rows(meta))
    ordered = ordered[ordered["time"].notna()].sort_values([*place, "time"], kind="stable")
    treated = ordered[~ordered["_control"]]
    if "compound" in meta.columns and treated["compound"].notna().any():
        treated = treated[treated["compound"].notna()]
        if "concentration" in meta.columns:
            top = treated.groupby("compound", observed=True)["concentration"].transform("max")
            treated = treated[(treated["concentration"] == top) | top.isna()]
        first = treated.groupby("compound", sort=True, observed=True).head(1)
    else:
        first = treated.groupby(["plate", "well"], sort=True, observed=True).head(1)
    first = first.head(MOST)
    controls = ordered[ordered["_control"] & ordered["plate"].isin(first["plate"])]
    first = pd.concat([controls.groupby("plate", sort=True, observed=True).head(1), first])
    strips = {key: rows["_row"].to_numpy() for key, rows in ordered.groupby(place, observed=True)}
    found = [_spaced(strips[tuple(row[place])]) for _, row in first.iterrows()]
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _spaced(rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " k"]:
    """Return at most `FRAMES` of these rows, evenly spaced, the first and the last among them."""
    places = np.linspace(0, len(rows) - 1, min(FRAMES, len(rows)))
    return rows[np.unique(np.rint(places).astype(np.int64))].astype(np.int64)
