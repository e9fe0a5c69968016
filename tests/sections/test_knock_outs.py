from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents
from phenolens.sections.knock_outs import Grid, KnockOuts

ROWS = pd.DataFrame(
    [
        ("weak", "DNA", 0.3, -0.2, 0.9, 0.1, 0.0, 6, 0.6, 0.2, 0.4),
        ("weak", "Actin", math.nan, math.nan, math.nan, math.nan, math.nan, 6, 0.6, 0.2, 0.4),
        ("actin drug", "DNA", -0.05, -0.2, 0.1, 0.0, 0.0, 6, 0.99, 0.001, 0.002),
        ("actin drug", "Actin", 0.9, 0.8, 1.1, 0.9, 0.1, 6, 0.99, 0.001, 0.002),
    ],
    columns=[
        *("moa", "channel", "lost", "low", "high", "alone", "lost_chance"),
        *("wells", "auc", "p", "p_holm"),
    ],
)


def test_real_calls_come_first_and_a_cell_beyond_chance_is_marked() -> None:
    grid = Grid.of(ROWS, "channel", "without {}")
    assert (grid.called, grid.columns) == ("moa", ("without DNA", "without Actin"))
    assert [(name, real) for name, _, real, _ in grid.rows] == [
        ("actin drug", True),
        ("weak", False),
    ]
    dna, actin = grid.rows[0][3]
    assert (actin.lost, actin.beyond) == ("0.90", True)
    assert actin.about == "0.80 to 1.10; alone 0.90; by chance 0.10"
    assert (dna.lost, dna.beyond) == ("\u22120.05", False)
    assert grid.rows[1][3][1].lost == "\u2013"


def test_the_page_has_it_where_the_run_was_asked(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert KnockOuts.of(run) is None
    asked = Explanation(name="channel_knock_out", rows=ROWS, notes=("1 of 2 calls is real",))
    made = KnockOuts.of(replace(run, explanations={"channel_knock_out": {"joint": asked}}))
    assert made is not None
    assert "<b>0.90</b>" in made.html
    assert "1 of 2 calls is real." in made.html
    assert "no more than chance" in made.html


def test_blurs_are_columns_in_pixels_and_have_no_level_of_chance(run_folder: Path) -> None:
    blurs = ROWS.drop(columns=["alone", "lost_chance"]).rename(columns={"channel": "blur"})
    blurs["blur"] = blurs["blur"].map({"DNA": 1.0, "Actin": 8.0})
    grid = Grid.of(blurs, "blur", "blurred, {:g} px")
    assert grid.columns == ("blurred, 1 px", "blurred, 8 px")
    assert grid.rows[0][3][1].about == "0.80 to 1.10"
    asked = Explanation(name="blur_knock_out", rows=blurs)
    run = RunContents.read(run_folder)
    made = KnockOuts.of(replace(run, explanations={"blur_knock_out": {"joint": asked}}))
    assert made is not None
    assert "<h3>Detail</h3>" in made.html
    assert "one channel is that of" not in made.html
