"""Linear calls: one direction per treatment or mechanism, asked only about wells it has not seen.

A call is Fisher's linear discriminant (Fisher 1936) with the covariance of the controls, shrunk as
Ledoit & Wolf (2004) do: w = S^-1 (m1 - m0), in embeddings scaled by each plate's controls. Wells
are dealt to two folds; a row is judged by the call that was fitted on the wells of the other fold,
so no call has seen a tile of the well that it explains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64
from sklearn.covariance import ledoit_wolf

from phenolens.calls.scales import Scales
from phenolens.calls.wells import well_codes
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows

FOLDS = 2
CALLED = ("moa", "compound", "treatment")  # the first of these that a table has is called
# Columns of what explanations answer: a column that is called cannot have the name of one of them.
_ANSWERS = frozenset(
    [
        "alone",
        "auc",
        "blur",
        "channel",
        "compartment",
        "distance",
        "image",
        "kind",
        "lost",
        "lost_chance",
        "low",
        "high",
        "method",
        "neighbour",
        "of",
        "p",
        "p_holm",
        "rank",
        "role",
        "scale",
        "tile",
        "tiles",
        "wells",
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Calls of one model, fitted in two folds of wells.

    Attributes:
        same: Column that the calls are about: treatment, compound, moa.
        names: What is called, sorted.
        scales: By plate; of the controls of both folds.
        weights: Directions, by the fold that they were NOT fitted on.
        offsets: What is added, so that 0 is half-way between the two means.
        fold: Each row's fold, for the rows that the calls were fitted on.
        label: Each row's place in `names`; -1 for controls and rows without a name.
        controls: Which rows are negative controls.
        places: Each row's plate (or batch), as `scales.places` numbers it.
        well: Each row's well, as a code.
    """

    same: str
    names: tuple[str, ...]
    scales: Scales
    weights: Float64[np.ndarray, "fold call d"]
    offsets: Float64[np.ndarray, "fold call"]
    fold: Int64[np.ndarray, " n"]
    label: Int64[np.ndarray, " n"]
    controls: Bool[np.ndarray, " n"]
    places: Int64[np.ndarray, " n"]
    well: Int64[np.ndarray, " n"]

    def margins(
        self, features: np.ndarray, rows: Int64[np.ndarray, " k"], call: int
    ) -> Float64[np.ndarray, " k"]:
        """Return how far rows are on the side of a call, in standard deviations of controls.

        By the fold that has not seen their wells.

        Args:
            features: (k, d) embeddings of these rows, perhaps of changed pixels.
            rows: Their places in the table that the calls were fitted on.
            call: Place in `names`.
        """
        scaled = self.scales.apply(features, self.places[rows])
        fold = self.fold[rows]
        weights, offsets = self.weights[fold, call], self.offsets[fold, call]
        return np.asarray((scaled * weights).sum(axis=1) + offsets)

    def slopes(self, rows: Int64[np.ndarray, " k"], call: int) -> Float64[np.ndarray, "k d"]:
        """Return by how much the margin of each row grows with each number of its embedding.

        margin = embedding x slope + a constant, which is the same for all rows of a place and fold.

        Args:
            rows: Places in the table that the calls were fitted on.
            call: Place in `names`.
        """
        return self.weights[self.fold[rows], call] / self.scales.spread[self.places[rows]]

    def rows_of(self, call: int) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " q"]]:
        """Return the rows of a call, and the controls of the same plates (or batches)."""
        own = np.flatnonzero(self.label == call)
        near = np.isin(self.places, np.unique(self.places[own]))
        return own, np.flatnonzero(self.controls & near)


def fit_calls(embeddings: Profiles, same: str = "", seed: int = 0, by: str = "plate") -> Calls:
    """Return the calls of every value of a column that at least two wells have.

    Args:
        embeddings: One row per tile; with plate, well, control and the column.
        same: The column; empty: mechanisms, else compounds, else treatments.
        seed: Of the deal of wells to folds.
        by: Column within which rows are compared with controls: plate, batch; empty: all rows.

    Raises:
        InputError: A column is missing or has the name of one of the answer's, a row has no plate
            or well, no value has two wells, a plate has too few controls, or all controls have
            the same embedding.
    """
    needed_by = "an explanation"
    meta = embeddings.meta
    same = same or called(meta)
    if same in _ANSWERS:
        raise InputError(
            "is the name of a column of the answer, so its values cannot be explained",
            where=same,
            fix="give the column another name in the metadata",
        )
    values, controls = embeddings.column(same, needed_by), control_rows(meta)
    well = well_codes(embeddings, needed_by)
    names, label = _labels(values, controls, well, same)
    fold = _dealt(label, controls, well, np.random.default_rng(seed))
    scales = Scales.of(embeddings, controls, by)
    places = scales.of_rows(meta)
    scaled = scales.apply(embeddings.finite(needed_by), places)
    directions = [
        _directions(scaled, fold != held, label, controls, names) for held in range(FOLDS)
    ]
    weights, offsets = (np.stack(part) for part in zip(*directions, strict=True))
    return Calls(same, names, scales, weights, offsets, fold, label, controls, places, well)


def called(meta: pd.DataFrame) -> str:
    """Return the column that is called where none is asked for: the first of `CALLED` it has."""
    return next((c for c in CALLED if c in meta.columns and meta[c].notna().any()), CALLED[-1])


def _labels(
    values: pd.Series, controls: np.ndarray, well: np.ndarray, same: str
) -> tuple[tuple[str, ...], Int64[np.ndarray, " n"]]:
    named = values.notna().to_numpy() & ~controls
    text = values.astype(str).str.strip().to_numpy(dtype=object)
    wells = pd.Series(well[named]).groupby(text[named], observed=True).nunique()
    names = tuple(sorted(wells.index[wells >= FOLDS]))
    if not names:
        raise InputError(
            f"no {same} has two wells, so no call can be asked about a well it has not seen",
            where=same,
            fix='explain another column, as same = "compound" or "moa"',
        )
    label = pd.Index(names, dtype=object).get_indexer(text)
    return names, np.where(named, label, -1).astype(np.int64)


def _dealt(
    label: np.ndarray, controls: np.ndarray, well: np.ndarray, rng: np.random.Generator
) -> Int64[np.ndarray, " n"]:
    """Return the fold of each row: the wells of each value, and of the controls, dealt in turn."""
    kind = np.where(controls, label.max() + 1, label)
    first = np.unique(well, return_index=True)[1]
    fold_of = np.empty(len(first), dtype=np.int64)
    kinds = kind[first]
    for value in np.unique(kinds):
        wells = rng.permutation(np.flatnonzero(kinds == value))
        fold_of[wells] = np.arange(len(wells)) % FOLDS
    return fold_of[well]


def _directions(
    scaled: Float64[np.ndarray, "n d"],
    used: Bool[np.ndarray, " n"],
    label: Int64[np.ndarray, " n"],
    controls: Bool[np.ndarray, " n"],
    names: tuple[str, ...],
) -> tuple[Float64[np.ndarray, "call d"], Float64[np.ndarray, " call"]]:
    """Return w = S^-1 (m1 - m0) and -w (m1 + m0) / 2 of each call, from the used rows.

    Both are divided by the square root of w S w: a margin is then in standard deviations of the
    controls, in either fold.
    """
    base = scaled[used & controls]
    if not np.ptp(base, axis=0).any():
        raise InputError(
            "all controls have the same embedding, so nothing differs from them",
            fix="look at the training: an encoder that gives every image the same vector has "
            "collapsed",
        )
    covariance, _ = ledoit_wolf(base)
    centre = base.mean(axis=0)
    means = np.stack([scaled[used & (label == i)].mean(axis=0) for i in range(len(names))])
    weights = np.linalg.solve(covariance, (means - centre).T).T
    unit = np.sqrt(((weights @ covariance) * weights).sum(axis=1, keepdims=True))
    weights = weights / np.maximum(unit, np.finfo(np.float64).tiny)
    offsets = -((means + centre) * weights).sum(axis=1) / 2
    return weights, offsets
