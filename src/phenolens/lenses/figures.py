"""Figures: what sums up a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from phenolens.lenses.looks import RANDOM, Look
from phenolens.lenses.mining import KINDS, mined
from phenolens.lenses.study import Found
from phenolens.lenses.task import CONTROL, Task
from phenolens.lenses.trial import Trial
from phenolens.masks.compartments import NAMES
from phenolens.statistics.intervals import interval_of_mean


def map_figures(task: Task, found: Found, channels: Sequence[str]) -> dict[str, float]:
    """Return how much of the maps is on cells, their compartments and channels, next to chance.

    Chance of a compartment is its area, of a channel 1 / channels; `_permuted` is that of a lens of
    permuted labels. `excess_cells` is cells less their area, with its interval over wells.
    """
    table = pd.concat([look.shares for look in found.looks], ignore_index=True)
    made: dict[str, float] = {"maps_as_permuted": float(table["as_permuted"].mean())}
    for name in (*reversed(NAMES), "cells"):
        parts = (name,) if name != "cells" else tuple(n for n in NAMES if n != "background")
        on, area, none = (
            sum(table[f"{kind}_{part}"] for part in parts)
            for kind in ("mass", "area", "permuted_mass")
        )
        made |= {
            f"mass_{name}": float(np.mean(on)),
            f"mass_{name}_chance": float(np.mean(area)),
            f"mass_{name}_permuted": float(np.mean(none)),
        }
        if name == "cells":
            unit = pd.Series(task.well[table["place"].to_numpy(np.int64)])
            excess = np.asarray(on - area, dtype=np.float64)
            made["excess_cells_low"], made["excess_cells_high"] = interval_of_mean(excess, unit)
    for name in channels:
        made[f"channel_{name}"] = float(table[f"channel_{name}"].mean())
        made[f"channel_{name}_chance"] = 1 / len(channels)
        made[f"channel_{name}_permuted"] = float(table[f"permuted_channel_{name}"].mean())
    return made


def corrected(task: Task, trials: Sequence[Trial]) -> dict[str, float]:
    """Return how many tiles of each kind a lens corrects, and how many it spoils (`_spoiled`).

    Both are means over seeds. A lens that only shuffles calls corrects as many as it spoils.
    """
    control = task.names.index(CONTROL) if CONTROL in task.names else -1
    made = {}
    for end, turned in (("", False), ("_spoiled", True)):
        for kind in KINDS:
            counts = []
            for trial in trials:
                before, after = trial.before, trial.after
                pair = (after, before) if turned else (before, after)
                counts.append(int(mined(*pair, trial.labels, control)[kind].sum()))
            made[f"{kind}{end}"] = float(np.mean(counts))
    return made


def shown_of(looks: Sequence[Look], most: int) -> tuple[pd.DataFrame, Mapping[str, np.ndarray]]:
    """Return the examples of both folds, of each kind those that gained most, with pictures."""
    shown = pd.concat([look.shown for look in looks], ignore_index=True)
    gain = shown["p_with"] - shown["p_without"]
    order = shown.assign(gain=gain.where(shown["kind"] != RANDOM, 0.0))
    order["nth"] = order["kind"].map({kind: i for i, kind in enumerate((*KINDS, RANDOM))})
    order = order.sort_values(["nth", "gain"], ascending=[True, False], kind="stable")
    kept = order.groupby("nth", observed=True, sort=False).head(most).index.to_numpy()
    names = dict.fromkeys(name for look in looks for name in look.pictures)
    pictures = {
        name: np.concatenate([look.pictures[name] for look in looks if name in look.pictures])[kept]
        for name in names
    }
    return shown.iloc[kept].reset_index(drop=True), pictures
