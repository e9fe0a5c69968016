"""Mean curves of a run's trajectories, for runs that did not score `departure`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.trajectories.curves import identity
from phenolens.trajectories.noise import Noise, mean_root
from phenolens.trajectories.table import is_trajectories, times_of

ALPHA = 0.05  # of the band of the controls, as the metric `departure` has it by default
_TREATMENT = ("compound", "concentration", "cell_line")
_CONTROLS_SAME = ("plate", "cell_line", "batch")


def mean_curves(profiles: Profiles) -> pd.DataFrame:
    """Return one row per treatment and time, as the metric `departure` has them; empty: none.

    Mean and band of the controls are those of the metric. The treatment's own band is missing: it
    needs the features before the distances. Distances that were scaled afterwards have plain means,
    and no band.

    Args:
        profiles: Of the run; only trajectories have curves.
    """
    meta = profiles.meta
    if not is_trajectories(profiles) or "compound" not in meta.columns:
        return pd.DataFrame()
    control = control_rows(meta)
    treated = np.flatnonzero(~control)
    if not len(treated):
        return pd.DataFrame()
    hours = times_of(profiles)
    values = profiles.features.astype(np.float64)
    distances = not (values < 0).any()
    group = identity(meta, _matched(profiles))[0]
    noise = Noise.of(values, control, group) if distances else None
    code, first = identity(meta.iloc[treated], _TREATMENT)
    named = meta.iloc[treated[first]]
    tables = []
    for k in range(len(first)):
        own = treated[code == k]
        mean = mean_root(values[own]) ** 2 if distances else _mean(values[own])
        empty = np.full(len(hours), np.nan)
        near, far = noise.band(group[own].tolist(), ALPHA) if noise else (empty, empty)
        columns = {"time": hours, "replicates": len(own), "distance": mean, "low": empty,
                   "high": empty, "control_low": near, "control_high": far,
                   "outside": mean > far}  # fmt: skip
        whose = {name: named[name].iloc[k] for name in _TREATMENT if name in named}
        tables.append(pd.DataFrame(columns).assign(**whose)[np.isfinite(mean)])
    return pd.concat(tables, ignore_index=True)


def _matched(profiles: Profiles) -> tuple[str, ...]:
    """Return the columns that a curve and its controls share, as the step `trajectories` had it."""
    for entry in reversed(profiles.provenance):
        if entry.get("step") == "trajectories":
            settings = entry.get("parameters")
            same = settings.get("controls_same") if isinstance(settings, dict) else None
            return _CONTROLS_SAME if same is None else tuple(map(str, same))
    return _CONTROLS_SAME


def _mean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
