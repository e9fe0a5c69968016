from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.results.explained_cells import background

from phenolens.results.contents import RunContents
from phenolens.sections.background import Background


@pytest.mark.parametrize("leak", [True, False])
def test_three_views_of_each_score_and_the_verdict(run_folder: Path, leak: bool) -> None:
    run = RunContents.read(run_folder)
    assert Background.of(run) is None
    made = Background.of(
        replace(run, explanations={"background": {"joint": background(leak=leak)}})
    )
    assert made is not None
    assert made.html.count("<img") == 3
    assert made.html.count('class="above"') == (3 if leak else 2)
    assert ("A leak: without a single cell nsc" in made.html) is leak
    assert "\u22120.10 (\u22120.15 to \u22120.05)" in made.html
    assert "&lt;b&gt;x" in made.html
    assert "<b>x" not in made.html


def test_a_score_that_is_missing_in_one_view_moves_no_other(run_folder: Path) -> None:
    one = background(leak=True)
    second = one.rows[one.rows["view"] == "no cells"].index[0]
    rows = pd.concat([one.rows.drop(second), one.rows.assign(score="nscb")], ignore_index=True)
    run = RunContents.read(run_folder)
    run = replace(run, explanations={"background": {"joint": replace(one, rows=rows)}})
    made = Background.of(run)
    assert made is not None
    heads, first, other = re.findall(r"<tr>.*?</tr>", made.html, re.DOTALL)
    views = re.findall(r"<th>(.*?)</th>", heads)[1:-1]
    texts = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in (first, other)]
    assert len(texts[0]) == len(texts[1]) == len(views) + 1
    assert "could not be computed" in texts[0][views.index("no cells")]
    assert "could not be computed" not in texts[1][views.index("no cells")]


def test_a_score_without_an_interval_has_none(run_folder: Path) -> None:
    one = background(leak=False)
    rows = one.rows.assign(low=float("nan"), high=float("nan"))
    run = RunContents.read(run_folder)
    made = Background.of(
        replace(run, explanations={"background": {"joint": replace(one, rows=rows)}})
    )
    assert made is not None
    assert "nan" not in made.html
    assert "<small>\u22120.10 (\u22120.15 to \u22120.05)</small>" in made.html
