"""Trial: calls of held-out wells with and without a lens, and the wells that they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.lenses.task import Task
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.sign_flip import sign_flip_p


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Probabilities of every class for every tile, by classifiers that have not seen its well.

    Attributes:
        fold: Of each tile.
        labels: What each is called; permuted ones in a trial of nothing.
        before: Without the lens.
        after: With it.
    """

    fold: Int64[np.ndarray, " n"]
    labels: Int64[np.ndarray, " n"]
    before: Float64[np.ndarray, "n k"]
    after: Float64[np.ndarray, "n k"]

    def hits(self, top: int) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
        """Return whether the right class is among the `top` most probable, without and with."""
        return in_top(self.before, self.labels, top), in_top(self.after, self.labels, top)


def in_top(
    probabilities: Float64[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"], top: int
) -> Bool[np.ndarray, " n"]:
    """Return whether fewer than `top` other classes are at least as probable as the right one."""
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray((probabilities >= own[:, None]).sum(axis=1) <= top)


def true_share(trial: Trial, task: Task, top: int) -> Float64[np.ndarray, "w 2"]:
    """Return for each well the share of its tiles that are right, without and with the lens."""
    _, code = np.unique(task.well, return_inverse=True)
    size = np.bincount(code)
    return np.stack([np.bincount(code, hit) / size for hit in trial.hits(top)], axis=1)


def by_well(
    task: Task, trials: Sequence[Trial], permuted: Trial, tops: Sequence[int]
) -> pd.DataFrame:
    """Return one row per well: what it is, and the share of its tiles that are right.

    Columns `top3_without`, `top3_with` (means over trials), and the same of permuted labels with
    `permuted_` before the name.

    Args:
        task: What is called.
        trials: One for each seed.
        permuted: A trial of permuted labels.
        tops: How many guesses there are, as (3, 1).
    """
    _, first = np.unique(task.well, return_index=True)
    table = pd.DataFrame({task.same: [task.names[i] for i in task.label[first]]})
    table["row"] = task.row[first]
    for top in tops:
        share = np.mean([true_share(trial, task, top) for trial in trials], axis=0)
        none = true_share(permuted, task, top)
        for i, arm in enumerate(("without", "with")):
            table[f"top{top}_{arm}"] = share[:, i]
            table[f"permuted_top{top}_{arm}"] = none[:, i]
    return table


def gains_of_seeds(task: Task, trials: Sequence[Trial], top: int) -> dict[str, float]:
    """Return the gain of each trial, the mean over wells."""
    found = [true_share(trial, task, top).mean(axis=0) for trial in trials]
    return {f"top{top}_gain_of_seed_{i}": float(b - a) for i, (a, b) in enumerate(found)}


def gains(wells: pd.DataFrame, tops: Sequence[int], seed: int) -> dict[str, float]:
    """Return the accuracies, their chance, and the gain of a lens with interval and p over wells.

    Chance is the share of wells in the `top` largest classes: who names these every time is right
    so often.

    Args:
        wells: As `by_well` makes them: the first column is the class.
        tops: As there.
        seed: Of the draws.
    """
    largest = wells.iloc[:, 0].value_counts(normalize=True).to_numpy()
    unit = pd.Series(range(len(wells)))
    made: dict[str, float] = {}
    for top in tops:
        for kind in ("", "permuted_"):
            without, with_lens = (
                wells[f"{kind}top{top}_{arm}"].to_numpy(np.float64) for arm in ("without", "with")
            )
            gap = with_lens - without
            low, high = interval_of_mean(gap, unit, seed=seed)
            made |= {
                f"{kind}top{top}_with": float(with_lens.mean()),
                f"{kind}top{top}_without": float(without.mean()),
                f"{kind}top{top}_gain": float(gap.mean()),
                f"{kind}top{top}_gain_low": low,
                f"{kind}top{top}_gain_high": high,
                f"{kind}top{top}_gain_p": sign_flip_p(gap, unit, seed=seed),
            }
        chance = float(largest[:top].sum())
        made[f"top{top}_with_chance"] = made[f"top{top}_without_chance"] = chance
    return made
