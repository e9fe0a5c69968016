"""Score and its interval, against the literature and scipy."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd

from phenolens.core.score import Score
from phenolens.statistics.intervals import wilson


def test_summary_is_ready_for_json() -> None:
    score = Score(
        name="nsc",
        value=float(np.float32(0.5)),
        low=0.25,
        hits=3,
        n=6,
        null=math.inf,
        rows=pd.DataFrame({"value": [1.0]}),
        notes=("two left out",),
    )
    assert json.loads(json.dumps(score.summary(), allow_nan=False)) == {
        "hits": 3,
        "n": 6,
        "value": 0.5,
        "low": 0.25,
        "high": None,
        "null": None,
        "null_high": None,
        "p": None,
        "notes": ["two left out"],
    }


def test_it_reads_as_a_line() -> None:
    low, high = wilson(101, 103)
    score = Score(name="nsc", value=101 / 103, low=low, high=high, hits=101, n=103, null=0.11)
    assert str(score) == "nsc 0.981 (101/103) [0.932, 0.995], chance 0.110"
    assert str(Score(name="map", value=0.5, low=0.4, high=0.6)) == "map 0.500 [0.400, 0.600]"
    assert str(Score(name="map", value=0.5, null=0.1)) == "map 0.500, chance 0.100"
