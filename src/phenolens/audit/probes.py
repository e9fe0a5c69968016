"""Probes: how well a column can be predicted from the features, against shuffled columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.statistics.ties import first_largest, largest, reaches, rounding

_MOST_ROWS = 3000  # of a larger table as many are drawn
Predict = Callable[[Int64[np.ndarray, " n"]], Int64[np.ndarray, " n"]]


@dataclass(frozen=True, slots=True)
class Probed:
    """A column's balanced accuracy.

    Attributes:
        value: Mean over its values of the share of their rows that were predicted right.
        chance: Mean under shuffled columns.
        high: 95th percentile under shuffled columns.
        p: Share of shuffles that reach the value.
        z: How many standard deviations of the shuffles the value is above their mean.
        n: Rows.
        classes: Values of the column.
    """

    value: float
    chance: float
    high: float
    p: float
    z: float
    n: int
    classes: int


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """What to predict, and which rows belong together.

    Attributes:
        codes: (n,) what to predict.
        group: (n,) rows that are never split between training and test.
        unit: (n,) rows that the null's shuffle keeps together, where each unit has one code.
        within: (n,) what the shuffle does not cross.
    """

    codes: Int64[np.ndarray, " n"]
    group: Int64[np.ndarray, " n"]
    unit: Int64[np.ndarray, " n"]
    within: Int64[np.ndarray, " n"]

    def take(self, rows: Int64[np.ndarray, " m"]) -> Design:
        """Return the design of these rows."""
        return Design(self.codes[rows], self.group[rows], self.unit[rows], self.within[rows])


def probe(
    kind: str,
    x: Float64[np.ndarray, "n d"],
    asked: Design,
    *,
    permutations: int = 200,
    seed: int = 0,
) -> Probed | None:
    """Return how well codes are predicted in cross-validation, or None for one class or one group.

    Args:
        kind: `knn` (the five nearest by cosine, sklearn's KNeighborsClassifier) or `linear`
            (ridge on standardized features, sklearn's RidgeClassifier with alpha = d).
        x: Features.
        asked: What to predict, and what is never split.
        permutations: Shuffles.
        seed: Of folds and shuffles.
    """
    rows = _drawn(len(x), seed)
    x, asked = x[rows], asked.take(rows)
    codes = np.unique(asked.codes, return_inverse=True)[1]
    fold = folds_of(asked.group, seed)
    classes = int(codes.max(initial=0)) + 1
    if classes < 2 or fold.max(initial=0) < 1:
        return None
    predict = (nearest_five if kind == "knn" else ridge)(x, fold, classes)
    value = balanced(codes, predict(codes))
    rng = np.random.default_rng(seed)
    null = np.empty(permutations)
    for i in range(permutations):
        mixed = shuffle(codes, asked.unit, asked.within, rng)
        null[i] = balanced(mixed, predict(mixed))
    if not permutations:
        nothing = float("nan")
        return Probed(value, 1 / classes, nothing, nothing, nothing, len(x), classes)
    spread = float(null.std())
    return Probed(
        value=value,
        chance=float(null.mean()),
        high=float(np.quantile(null, 0.95)),
        p=(1 + int(np.count_nonzero(reaches(null, value)))) / (1 + permutations),
        z=(value - float(null.mean())) / spread if spread > 0 else 0.0,
        n=len(x),
        classes=classes,
    )


def folds_of(group: Int64[np.ndarray, " n"], seed: int, folds: int = 5) -> Int64[np.ndarray, " n"]:
    """Return each row's fold: whole groups, the largest first, go to the smallest fold."""
    names, code, size = np.unique(group, return_inverse=True, return_counts=True)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(names))
    order = order[np.argsort(-size[order], kind="stable")]
    filled = np.zeros(min(folds, len(names)), dtype=np.int64)
    fold = np.empty(len(names), dtype=np.int64)
    for g in order:
        fold[g] = filled.argmin()
        filled[fold[g]] += size[g]
    return fold[code]


def nearest_five(
    x: Float64[np.ndarray, "n d"], fold: Int64[np.ndarray, " n"], classes: int, k: int = 5
) -> Predict:
    """Return the vote of the k nearest training rows; of ties the first rows and classes win."""
    length = np.linalg.norm(x, axis=1, keepdims=True)
    points = np.divide(x, length, out=np.zeros_like(x), where=length > 0)
    folds: list[tuple[Int64[np.ndarray, " t"], Int64[np.ndarray, "t k"]]] = []
    for f in range(int(fold.max()) + 1):
        train, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        near = points[test] @ points[train].T
        few = min(k, len(train))
        folds.append((test, train[largest(near, few, rounding(x.shape[1]))]))

    def predict(codes: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        predicted = np.empty(len(codes), dtype=np.int64)
        for test, neighbours in folds:
            place = np.arange(len(test))[:, None] * classes + codes[neighbours]
            votes = np.bincount(place.ravel(), minlength=len(test) * classes)
            predicted[test] = votes.reshape(len(test), classes).argmax(axis=1)
        return predicted

    return predict


def ridge(x: Float64[np.ndarray, "n d"], fold: Int64[np.ndarray, " n"], classes: int) -> Predict:
    """Return the ridge classifier's prediction; the fit is shared by all shuffles of the codes.

    Predictions are linear in the targets (one column per class, 1 or -1), so each fold needs one
    factorization, and each shuffle one product.
    """
    maps = []
    for f in range(int(fold.max()) + 1):
        train, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
        flat = sd <= 1e-12 * np.abs(x[train]).max(axis=0, initial=0.0)
        z = (x - mean) / np.where(flat, 1.0, sd)
        gram = z[train] @ z[train].T
        gram[np.diag_indices_from(gram)] += x.shape[1]
        maps.append((train, test, np.linalg.solve(gram, z[train] @ z[test].T).T))

    def predict(codes: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        predicted = np.empty(len(codes), dtype=np.int64)
        for train, test, hat in maps:
            target = np.full((len(train), classes), -1.0)
            target[np.arange(len(train)), codes[train]] = 1.0
            mean = target.mean(axis=0)
            predicted[test] = first_largest(hat @ (target - mean) + mean)
        return predicted

    return predict


def balanced(codes: Int64[np.ndarray, " n"], predicted: Int64[np.ndarray, " n"]) -> float:
    """Return the mean over classes of the share of their rows that were predicted right."""
    size = np.bincount(codes)
    right = np.bincount(codes, codes == predicted, len(size))
    return float((right[size > 0] / size[size > 0]).mean())


def shuffle(
    codes: Int64[np.ndarray, " n"],
    unit: Int64[np.ndarray, " n"],
    within: Int64[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Int64[np.ndarray, " n"]:
    """Return the codes shuffled between units; a unit has one code and one value of `within`."""
    _, first, place = np.unique(unit, return_index=True, return_inverse=True)
    outer, of_unit = within[first], codes[first]
    drawn = np.lexsort((rng.random(len(first)), outer))
    mixed = np.empty_like(of_unit)
    mixed[np.argsort(outer, kind="stable")] = of_unit[drawn]
    return mixed[place]


def _drawn(n: int, seed: int) -> Int64[np.ndarray, " m"]:
    if n <= _MOST_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, _MOST_ROWS, replace=False))
