"""Score and its interval, against the literature and scipy."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from phenolens.core.score import Score, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (101, 103, 93.2, 99.5),
        (88, 92, 89.3, 98.3),
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.0, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_wilson_as_published(hits: int, n: int, low: float, high: float) -> None:
    digits = 1 if n in (103, 92) else 2
    assert tuple(round(100 * end, digits) for end in wilson(hits, n)) == (low, high)


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 7), (3, 7), (7, 7), (500, 1000)])
def test_wilson_is_scipys(hits: int, n: int) -> None:
    theirs = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_rows_no_interval() -> None:
    assert all(math.isnan(end) for end in wilson(0, 0))


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
