from __future__ import annotations

import math
from typing import Any

import pytest

from phenolens.drawing.scale import Scale
from phenolens.report.scores import panels, shown, title


def test_each_score_is_a_panel_with_its_numbers(results: dict[str, Any]) -> None:
    nsc, nscb, drop = panels(results)
    assert [p.key for p in (nsc, nscb, drop)] == ["nsc", "nscb", "drop"]
    given = results["scores"]["nsc"]
    bar = nsc.trained
    assert (bar.value, bar.low, bar.high) == (given["value"], given["low"], given["high"])
    assert (bar.hits, bar.n, nsc.null, nsc.null_high, nsc.p) == (49, 60, 0.083, 0.15, 0.001)
    assert nsc.notes == ("1 treatment without a mechanism is not asked",)
    assert math.isnan(drop.trained.low)
    assert drop.lower_is_better


def test_baselines_stand_best_first_and_absent_ones_are_left_out(results: dict[str, Any]) -> None:
    nsc, nscb, drop = panels(results)
    assert [bar.name for bar in nsc.bars] == [
        "this run", "intensity statistics", "untrained encoder", "cell count",
    ]  # fmt: skip
    assert [bar.name for bar in nscb.bars[1:]] == ["intensity statistics", "untrained encoder"]
    assert [bar.name for bar in drop.bars[1:]] == ["intensity statistics"]
    assert nscb.best_baseline is nscb.bars[1]


def test_for_a_drop_the_smallest_baseline_is_the_best() -> None:
    of = {"a": {"drop": {"value": 0.3}}, "b": {"drop": {"value": -0.1}}, "c": {"drop": {}}}
    (drop,) = panels({"scores": {"drop": {"value": 0.1}}, "baselines": of})
    assert [bar.name for bar in drop.bars] == ["this run", "b", "a"]


def test_a_share_spans_nought_to_one_and_other_scores_their_values() -> None:
    share, drop, wide = panels(
        {
            "scores": {
                "nsc": {"value": 0.4, "low": 0.3, "high": 0.5},
                "drop": {"value": 0.1, "low": -0.04, "high": 0.2},
                "silhouette": {"value": -0.31},
            }
        }
    )
    assert share.scale == Scale(0, 1)
    assert drop.scale.low <= -0.04 < 0.2 <= drop.scale.high
    assert wide.scale.low <= -0.31


def test_nothing_scored_is_no_panel() -> None:
    assert panels({}) == ()
    assert panels({"scores": {"nsc": None}, "baselines": None}) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.00"), (-0.031, "\u22120.03"), (-0.001, "0.00"), (math.nan, "\u2013")],
)
def test_numbers_as_shown(value: float, text: str) -> None:
    assert shown(value) == text


def test_unknown_scores_are_named_by_their_key() -> None:
    assert [title(k) for k in ("nscb", "batch_mixing")] == ["NSCB", "Batch mixing"]
