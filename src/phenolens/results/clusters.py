"""Clusters of trajectories: one row per treatment and cell line, in the order of the clusters."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.reading.flags import control_rows
from phenolens.drawing.categories import natural
from phenolens.results.contents import RunContents, number
from phenolens.results.treatments import text

_TIME = re.compile(r"hours_(-?[\d.]+(?:e[+-]?\d+)?)")


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """The mean trajectory of one treatment in one cell line.

    Attributes:
        name: Compound, dose and cell line.
        cluster: As the step `cluster_curves` named it; of replicates in several, the most frequent.
        agree: Share of the replicates that are in it.
        called: Class of its effect; empty where none was called.
        values: (t,) mean over replicates; NaN where none has a value.
    """

    name: str
    cluster: str
    agree: float
    called: str
    values: Float64[np.ndarray, " t"]


def clusters_of(run: RunContents) -> tuple[list[float], list[Trajectory]]:
    """Return the hours, and the trajectories by cluster and name; empty without clusters."""
    profiles = run.profiles
    times = [_TIME.fullmatch(name) for name in (profiles.names if profiles else ())]
    if profiles is None or "cluster" not in profiles.meta.columns or not all(times) or not times:
        return [], []
    hours = [float(time[1]) for time in times if time]
    order = np.argsort(hours, kind="stable")
    meta = profiles.meta[~control_rows(profiles.meta)]
    by = [c for c in ("compound", "concentration", "cell_line") if c in meta.columns]
    if not by:
        return [], []
    x = profiles.features.astype(np.float64)[:, order]
    made = [
        _mean(rows, x[rows.index.to_numpy()])
        for _, rows in meta.groupby(by, dropna=False, observed=True, sort=True)
    ]
    made.sort(key=lambda one: (natural(one.cluster), natural(one.name)))
    return [hours[k] for k in order.tolist()], made


def _mean(rows: pd.DataFrame, x: Float64[np.ndarray, "k t"]) -> Trajectory:
    counts = np.isfinite(x).sum(axis=0)
    total = np.where(np.isfinite(x), x, 0.0).sum(axis=0)
    values = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
    clusters = [text(value) or "" for value in rows["cluster"]]
    most = max(sorted(set(clusters), key=natural), key=clusters.count)
    first = rows.iloc[0]
    dose = number(first.get("concentration"))
    line = text(first.get("cell_line"))
    name = text(first.get("compound")) or ""
    name += "" if math.isnan(dose) else f" {dose:g}"
    return Trajectory(
        name=name + (f" in {line}" if line else ""),
        cluster=most,
        agree=clusters.count(most) / len(clusters),
        called=text(first.get("effect_called")) or "",
        values=values,
    )
