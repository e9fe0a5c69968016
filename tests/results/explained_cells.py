"""What a run's model was asked about its cells: the background, neighbours, typical cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.explanation import Explanation

VIEWS = ("as it is", "no cells", "centre cell alone")


def background(*, leak: bool) -> Explanation:
    """Return a score in three views; with a leak it is above chance without cells."""
    rows = pd.DataFrame(
        {
            "score": "nsc",
            "view": VIEWS,
            "value": [0.8, 0.7 if leak else 0.1, 0.6],
            "low": [0.7, 0.6 if leak else 0.0, 0.5],
            "high": [0.9, 0.8 if leak else 0.2, 0.7],
            "chance": 0.1,
            "p": [0.001, 0.001 if leak else 0.6, 0.001],
            "changed": [0.0, -0.1, -0.2],
            "changed_low": [0.0, -0.15, -0.3],
            "changed_high": [0.0, -0.05, -0.1],
            "above_chance": [True, leak, True],
        }
    )
    pictures = {view: np.full((1, 2, 8, 8), 40, dtype=np.uint8) for view in VIEWS}
    shown = pd.DataFrame({"treatment": ["<b>x"], "plate": ["p1"]})
    note = "a leak: without a single cell nsc is above chance" if leak else "no leak was found"
    return Explanation(
        name="background",
        rows=rows,
        figures={"leaks": float(leak)},
        notes=(note,),
        pictures=pictures,
        shown=shown,
    )


def neighbours() -> Explanation:
    """Return two treatments, each with one neighbour."""
    rows = pd.DataFrame(
        {
            "treatment": ["b<", "a"],
            "rank": 1,
            "neighbour": ["a", "b<"],
            "cosine": [0.81, 0.81],
            "low": [0.5, np.nan],
            "high": [0.9, np.nan],
            "first": [0.8, 0.3],
            "features": "f0001 0.40",
            "without_no_change": 0.8,
            "without_DNA": [0.7, 0.7],
            "without_Actin": [-0.1, 0.2],
            "moa": ["m1", "m2"],
            "neighbour_moa": ["m2", "m1"],
        }
    )
    shown = pd.DataFrame(
        {"treatment": ["b<", "b<", "a", "a"], "role": ["own", "neighbour"] * 2, "of": "x"}
    )
    pictures = {"image": np.full((4, 2, 8, 8), 90, dtype=np.uint8)}
    figures = {"sure": 0.5, "same_moa": 0.0, "same_moa_chance": 0.25}
    return Explanation(
        name="neighbours", rows=rows, figures=figures, notes=("n",), pictures=pictures, shown=shown
    )


def typical_cells() -> Explanation:
    """Return a mechanism with strips, one without, and the controls."""
    rows = pd.DataFrame(
        {
            "moa": ["controls", "m10", "m2"],
            "tiles": 9,
            "beyond": [0.05, 0.5, 0.25],
            "low": [0.0, 0.4, np.nan],
            "high": [0.1, 0.6, np.nan],
        }
    )
    kinds = ["typical", "typical", "extreme", "like controls"]
    shown = pd.DataFrame(
        {"moa": ["controls", *["m2"] * 3], "kind": kinds, "plate": "p", "well": "w"}
    )
    return Explanation(
        name="typical_cells",
        rows=rows,
        pictures={"image": np.full((4, 3, 8, 8), 30, dtype=np.uint8)},
        shown=shown,
    )
