from __future__ import annotations

import math

from phenolens.drawing.panel import SHARE, Bar, Panel, numbers_of, scale_of


def bar(name: str, value: float, *, trained: bool = False) -> Bar:
    return Bar(name=name, trained=trained, value=value, low=value - 0.1, high=value + 0.1)


def test_the_first_bar_is_the_one_in_question_and_the_next_with_a_value_its_best_rival() -> None:
    bars = (bar("run", 0.8, trained=True), bar("absent", math.nan), bar("counts", 0.3))
    panel = Panel("nsc", "NSC", bars, SHARE)
    assert panel.trained.name == "run"
    assert panel.best_baseline is not None
    assert panel.best_baseline.name == "counts"
    assert Panel("nsc", "NSC", bars[:2], SHARE).best_baseline is None


def test_the_axis_of_shares_is_0_to_1_and_others_hold_their_values_and_zero() -> None:
    assert scale_of([0.1, math.nan, 1.0]) == SHARE
    wide = scale_of(numbers_of([bar("a", 2.5)]))
    assert wide.low == 0
    assert wide.high >= 2.6
    assert scale_of([-0.2]).low <= -0.2
