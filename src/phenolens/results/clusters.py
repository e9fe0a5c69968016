"""Clusters of trajectories: the treatments of each cluster, in the order of the clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.reading.flags import control_rows
from phenolens.drawing.categories import natural
from phenolens.results.contents import RunContents, number
from phenolens.results.names import Names
from phenolens.results.treatments import text
from phenolens.trajectories.table import is_trajectories, times_of


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """The mean trajectory of those curves of one treatment that are in one cluster.

    Attributes:
        name: Compound and dose; and cell line, where the run has several.
        cluster: As the step `cluster_curves` named it; empty for a curve in none.
        curves: How many curves of the treatment are in it.
        of: How many curves the treatment has.
        called: Class of its effect; empty where none was called.
        values: (t,) mean over these curves; NaN where none has a value.
    """

    name: str
    cluster: str
    curves: int
    of: int
    called: str
    values: Float64[np.ndarray, " t"]


def clusters_of(run: RunContents) -> tuple[list[float], list[Trajectory]]:
    """Return the hours, and the trajectories by cluster, name and dose; empty without clusters."""
    profiles = run.profiles
    if profiles is None or "cluster" not in profiles.meta.columns or not is_trajectories(profiles):
        return [], []
    hours = times_of(profiles)
    order = np.argsort(hours, kind="stable")
    meta = profiles.meta[~control_rows(profiles.meta)]
    by = [c for c in ("compound", "concentration", "cell_line") if c in meta.columns]
    if not by:
        return [], []
    x = profiles.features.astype(np.float64)[:, order]
    meta = meta.assign(cluster=[text(value) or "" for value in meta["cluster"]])
    names = Names.of(profiles.meta)
    made = []
    for _, curves in meta.groupby(by, dropna=False, observed=True, sort=True):
        for _, rows in curves.groupby("cluster", observed=True, sort=True):
            made.append(_mean(rows, x[rows.index.to_numpy()], len(curves), names))
    made.sort(key=lambda one: one[0])
    return hours[order].tolist(), [one for _, one in made]


def _mean(
    rows: pd.DataFrame, x: Float64[np.ndarray, "k t"], of: int, names: Names
) -> tuple[tuple[object, ...], Trajectory]:
    """Return the mean of these curves, after the key that sorts it."""
    counts = np.isfinite(x).sum(axis=0)
    total = np.where(np.isfinite(x), x, 0.0).sum(axis=0)
    values = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
    first = rows.iloc[0]
    dose = number(first.get("concentration"))
    line, compound = text(first.get("cell_line")) or "", text(first.get("compound")) or ""
    made = Trajectory(
        name=names.treatment(compound, dose, line),
        cluster=str(first["cluster"]),
        curves=len(rows),
        of=of,
        called=text(first.get("effect_called")) or "",
        values=values,
    )
    weak = -math.inf if math.isnan(dose) else dose
    return (natural(made.cluster), natural(compound), natural(line), weak), made
