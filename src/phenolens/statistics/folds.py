"""Folds of grouped cross-validation: the rows of one group are never split."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int64


def fewest_groups(group: Int64[np.ndarray, " n"], positive: Bool[np.ndarray, " n"]) -> int:
    """Return how many folds can each hold both kinds: the groups of the rarer kind."""
    return min(len(np.unique(group[positive])), len(np.unique(group[~positive])))


def grouped_folds(
    group: Int64[np.ndarray, " n"],
    positive: Bool[np.ndarray, " n"],
    place: Int64[np.ndarray, " n"],
    folds: int,
    rng: np.random.Generator,
) -> Int64[np.ndarray, " n"]:
    """Return the fold of each row: whole groups, both kinds spread over the folds place by place.

    Groups with rows of both kinds and those of positives alone are assigned in turn. The others of
    a place go to the fold where it has fewest of them, first to folds with its positives: so a
    positive is held out together with negatives of its place, against which it can be ranked
    fairly. With two groups of each kind, and a positive in every place, each training part holds
    both kinds.

    Args:
        group: (n,) each row's group.
        positive: (n,) which rows are of the first kind.
        place: (n,) each row's place (plate); a group is in the place of its first row.
        folds: How many; at most `fewest_groups`.
        rng: Of the order in which groups are dealt.

    Example:
        >>> group, drug = np.array([0, 0, 1, 2, 3]), np.array([True, True, True, False, False])
        >>> plate = np.zeros(5, dtype=np.int64)
        >>> fold = grouped_folds(group, drug, plate, 2, np.random.default_rng(0))
        >>> bool(fold[0] == fold[1]), np.bincount(fold[drug]), np.bincount(fold[~drug])
        (True, array([...]), array([1, 1]))
    """
    names, first, code = np.unique(group, return_index=True, return_inverse=True)
    has = np.bincount(code, positive, len(names)) > 0
    lacks = np.bincount(code, ~positive, len(names)) > 0
    at = np.unique(place[first], return_inverse=True)[1]
    fold_of = np.empty(len(names), dtype=np.int64)
    begun = 0
    taken = np.zeros((at.max() + 1, folds), dtype=np.int64)  # groups of positives
    for kind in (has & lacks, has & ~lacks):
        hand = rng.permutation(np.flatnonzero(kind))
        hand = hand[np.argsort(at[hand], kind="stable")]
        fold_of[hand] = (begun + np.arange(len(hand))) % folds
        begun += len(hand)
        np.add.at(taken, (at[hand], fold_of[hand]), 1)
    held = np.zeros_like(taken)  # groups of negatives
    both = has & lacks
    np.add.at(held, (at[both], fold_of[both]), 1)
    rest = rng.permutation(np.flatnonzero(lacks & ~has))
    for one in rest[np.argsort(~taken[at[rest]].any(axis=1), kind="stable")]:
        here = held[at[one]]
        best = np.lexsort((held.sum(axis=0), taken[at[one]] == 0, here))[0]
        fold_of[one] = best
        held[at[one], best] += 1
    if len(rest) and np.count_nonzero(held.sum(axis=0)) == 1 and lacks.sum() > 1:
        fold_of[rest[0]] = (fold_of[rest[0]] + 1) % folds  # else one training would have none
    return fold_of[code]
