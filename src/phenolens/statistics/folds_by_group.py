"""Folds for a label of several values: groups are never split, no value is in one fold only."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from phenolens.core.errors import InputError

_TRIES = 100


def folds_by_group(
    group: Int64[np.ndarray, " n"], code: Int64[np.ndarray, " n"], folds: int, seed: int
) -> Int64[np.ndarray, " n"]:
    """Return the fold of each row: whole groups, each value spread over the folds.

    Groups that hold the same values of the label are shuffled and assigned to the folds in turn, so
    that a value has nearly as many groups in each fold. A value in at least two groups is in at
    least two folds, so that it is in the training rows whichever fold is held out.

    Args:
        group: Each row's group.
        code: Each row's label; each in at least two groups.
        folds: How many; fewer come back where there are fewer groups.
        seed: Seed of the shuffle.

    Raises:
        InputError: No split was found in which every value occurs in two folds.
    """
    held = np.unique(np.stack([group, code], axis=1), axis=0)
    kinds: dict[int, tuple[int, ...]] = {}
    for one, value in held.tolist():
        kinds[one] = (*kinds.get(one, ()), value)
    rng = np.random.default_rng(seed)
    groups = np.array(list(kinds))
    for _ in range(_TRIES):
        shuffled = rng.permutation(groups)
        dealt = sorted(shuffled.tolist(), key=lambda one: kinds[one])  # stable: still shuffled
        fold = dict(zip(dealt, np.arange(len(dealt)) % folds, strict=True))
        found = np.array([fold[one] for one in group.tolist()], dtype=np.int64)
        pairs = np.unique(np.stack([code, found], axis=1), axis=0)
        if np.bincount(pairs[:, 0]).min() > 1:
            return found
    raise InputError(
        f"cannot split {len(groups)} groups into {folds} folds so that every value occurs in at "
        "least two folds",
        fix="ask for more folds, or group by another column",
    )
