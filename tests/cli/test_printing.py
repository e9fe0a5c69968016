"""How figures are printed."""

from __future__ import annotations

import math

import pytest

from phenolens.cli.printing import number, print_details, print_scores
from phenolens.core.score import Score


def test_a_score_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    share = Score(name="a", value=0.5, low=0.25, high=0.75, hits=2, n=4, null=0.1)
    bare = Score(name="b", value=math.nan)
    print_scores([("table", "a", share.summary()), ("table", "b", bare.summary())])
    lines = capsys.readouterr().out.splitlines()
    (one,) = [line for line in lines if " a " in line]
    assert [cell.strip() for cell in one.strip("│").split("│")][:6] == [
        *("table", "a", "0.500", "2/4", "0.250 .. 0.750", "0.100")
    ]
    (two,) = [line for line in lines if " b " in line]
    assert "nan" not in two


def test_figures_and_notes_stand_below(capsys: pytest.CaptureFixture[str]) -> None:
    score = Score(
        name="a", value=0.5, figures={"queries": 20.0, "lost": math.nan}, notes=("two left out",)
    )
    print_details({"mine": score.summary(), "other": Score(name="b", value=1.0).summary()})
    assert capsys.readouterr().out == "mine: queries 20, lost -\nmine: two left out\n"


def test_numbers() -> None:
    assert [number(v) for v in (0.0, 1.0, 2.0, 0.1234, None)] == [
        "0.000",
        "1.000",
        "2",
        "0.123",
        "",
    ]
