from __future__ import annotations

import math
from typing import Any

from phenolens.core.registry import catalogue
from phenolens.drawing.scale import Scale
from phenolens.results.answered import Answered, OwnChain
from phenolens.results.panels import panels


def test_each_score_is_a_panel_with_its_numbers(results: dict[str, Any]) -> None:
    nsc, nscb, drop = panels(results)
    assert [p.key for p in (nsc, nscb, drop)] == ["nsc", "nscb", "drop"]
    given = results["scores"]["nsc"]
    bar = nsc.trained
    assert (bar.value, bar.low, bar.high) == (given["value"], given["low"], given["high"])
    assert (bar.hits, bar.n, nsc.null, nsc.null_high, nsc.p) == (49, 60, 0.083, 0.15, 0.001)
    assert nsc.notes == ("1 treatment without a mechanism is not asked",)
    assert math.isnan(drop.trained.low)
    assert (nsc.better, drop.better) == ("high", "zero")
    assert nsc.about == catalogue("metrics")["nsc"].summary
    assert "Good: Near 0" in drop.about


def test_baselines_stand_best_first_and_absent_ones_are_left_out(results: dict[str, Any]) -> None:
    nsc, nscb, drop = panels(results)
    assert [bar.name for bar in nsc.bars] == [
        "this run", "intensity statistics", "untrained encoder", "cell count",
    ]  # fmt: skip
    assert [bar.name for bar in nscb.bars[1:]] == ["intensity statistics", "untrained encoder"]
    assert [bar.name for bar in drop.bars[1:]] == ["intensity statistics"]
    assert nscb.best_baseline is nscb.bars[1]


def test_for_a_drop_the_baseline_nearest_to_zero_is_the_best() -> None:
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


def test_unknown_scores_are_named_by_their_key() -> None:
    (panel,) = panels({"scores": {"batch_mixing": {"value": 0.5}}})
    assert (panel.title, panel.about, panel.better) == ("Batch mixing", "", "high")


def test_where_no_null_was_drawn_the_known_level_of_chance_is_shown() -> None:
    auc, nsc = panels({"scores": {"drug_vs_control": {"value": 0.9}, "nsc": {"value": 0.9}}})
    assert auc.null == 0.5
    (left,) = panels({"scores": {"departure": {"value": 0.9}}})
    assert left.null == 0.05, "as a run has it that was scored before the null was stated"
    assert math.isnan(nsc.null)


def test_where_low_values_are_good_the_lowest_baseline_comes_first() -> None:
    of = {"a": {"linear_probe": {"value": 0.9}}, "b": {"linear_probe": {"value": 0.2}}}
    (probe,) = panels({"scores": {"linear_probe": {"value": 0.3}}, "baselines": of})
    assert [bar.name for bar in probe.bars] == ["this run", "b", "a"]


def test_with_an_answer_each_baseline_says_which_chain_it_has(results: dict[str, Any]) -> None:
    figures = {"value": 0.9, "low": 0.8, "high": 0.95}
    figures |= {"ahead_value": -0.1, "ahead_low": -0.2, "ahead_high": 0.0}
    own = OwnChain("untrained encoder", "sphere", "nsc", figures)
    answer = Answered(can=(), cannot=(), choices=(), baselines=(own,))
    nsc, nscb, _ = panels(results, answer)
    assert [bar.name for bar in nsc.bars] == [
        "this run", "untrained encoder (own chain)", "intensity statistics (chain of this run)",
        "untrained encoder (chain of this run)", "cell count (chain of this run)",
    ]  # fmt: skip
    assert [bar.own_chain for bar in nsc.bars] == [False, True, False, False, False]
    assert nsc.bars[1].ahead == (-0.1, -0.2, 0.0)
    assert not any(bar.own_chain for bar in nscb.bars)
