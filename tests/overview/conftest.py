"""A small made comparison: four cells of two axes, two seeds, two scores, two baselines."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.overview.cell_map import CellMap
from phenolens.overview.compared import Compared

VALUES = {"byol+multi": 0.8, "byol+one": 0.75, "mae+multi": 0.5, "mae+one": 0.4}
SECONDS = {"byol+multi": 800.0, "byol+one": 400.0, "mae+multi": 500.0, "mae+one": 100.0}


def rows() -> list[dict[str, Any]]:
    """Return the long table: `nsc` is good when high, `leak` when low."""
    found: list[dict[str, Any]] = []
    for score in ("nsc", "leak"):
        for cell, value in VALUES.items():
            method, crops = cell.split("+")
            for seed in (0, 1):
                at = (value if score == "nsc" else 1 - value) + 0.02 * (seed - 0.5)
                cost: dict[str, Any] = {
                    "train_seconds": SECONDS[cell],
                    "total_seconds": SECONDS[cell] + 50,
                }
                cost |= {"steps": 200, "process_memory_mb": 900.0, "device": "cpu", "threads": 1}
                found.append(
                    {
                        "cell": cell,
                        "baseline": False,
                        "method": method,
                        "crops": crops,
                        "seed": seed,
                        "score": score,
                        "value": at,
                        "low": at - 0.1,
                        "high": at + 0.1,
                        "null": 0.1,
                        "n": 50,
                        "hits": 20,
                        **cost,
                    }
                )
        for name, value in (("intensity", 0.3), ("cell count", 0.2)):
            at = value if score == "nsc" else 1 - value
            found.append(
                {
                    "cell": name,
                    "baseline": True,
                    "score": score,
                    "value": at,
                    "n": 50,
                    "low": math.nan,
                    "high": math.nan,
                    "null": 0.1,
                }
            )
    return found


def pairs() -> list[dict[str, Any]]:
    """Return all pairs of cells; those that differ by more than 0.2 are clear."""
    found = []
    for score in ("nsc", "leak"):
        for one, other in combinations(VALUES, 2):
            gap = (VALUES[one] - VALUES[other]) * (1 if score == "nsc" else -1)
            ends = {"low": gap - 0.1, "high": gap + 0.1, "n": 50, "note": ""}
            p = 0.001 if abs(gap) > 0.2 else 0.4
            who = {"score": score, "one": one, "other": other}
            found.append({**who, "difference": gap, **ends, "p": p, "p_holm": p})
    return found


@pytest.fixture
def compared() -> Compared:
    types = {"seed": "Int64", "n": "Int64", "hits": "Int64", "steps": "Int64", "threads": "Int64"}
    effect: dict[str, Any] = {
        "score": "nsc",
        "axis": "crops",
        "one": "one",
        "other": "multi",
        "cells": 2,
    }
    effect |= {"difference": -0.075, "low": -0.1, "high": -0.05, "n": 50, "p": 0.01}
    claim: dict[str, Any] = {
        "claim": "crops",
        "paper": "P & Q 2023",
        "text": "Crops help.",
        "shows": "> 0",
    }
    claim |= {"refutes": "< 0", "score": "nsc", "one": "multi", "other": "one", "n": 50}
    claim |= {"difference": 0.075, "low": 0.05, "high": 0.1, "p": 0.01, "p_holm": 0.01}
    points = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
    return Compared(
        name="crops",
        table=pd.DataFrame(rows()).astype(types),
        differences=pd.DataFrame(pairs()),
        effects=pd.DataFrame([{**effect, "p_holm": 0.02, "note": ""}]),
        claims=pd.DataFrame([{**claim, "verdict": "holds", "needed": math.nan, "note": ""}]),
        titles={"nsc": "NSC"},
        better={"leak": "low"},
        recipes={cell: {"method": {"name": cell.split("+")[0]}, "seed": 0} for cell in VALUES},
        maps=[CellMap("byol+one", points, ["a", "b", None], "moa", "PCA: two", 0.9)],
        missing={"mae+one-seed2": "no <space> left", "mae+one-seed3": ""},
        facts=[("Command", "phenolens compare grid.toml")],
    )
