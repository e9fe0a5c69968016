"""The matrix: signs, colours by which is better, marks, and what is left out."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pandas as pd
import pytest

from phenolens.overview import matrix as module
from phenolens.overview.compared import Better, Compared
from phenolens.overview.gaps import Gap, Gaps
from phenolens.overview.matrix import draw, matrix
from phenolens.overview.means import means


def test_every_pair_is_there_in_both_directions(compared: Compared) -> None:
    part = matrix(compared, means(compared))
    assert part is not None
    assert part.html.count("<g data-c=") == 24
    assert part.html.count("4 of 6 pairs differ by more than chance.") == 2
    assert "+0.400 [0.300, 0.500], p &lt; 0.001" not in part.html
    assert part.html.count("+0.400 [0.300, 0.500], p = 0.001, n 50") == 2  # once per score
    first = part.html.split("<tbody>")[1].split("</tr>")[0]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", first)[:3] == ["byol+multi", "mae+one", "+0.400"]


@pytest.mark.parametrize(
    ("better", "value", "kind"),
    [
        ("high", 0.1, "ahead"), ("high", -0.1, "behind"), ("low", -0.1, "ahead"),
        ("low", 0.1, "behind"), ("zero", 0.1, "ahead"), ("zero", -0.1, "ahead"),
        ("high", 0.0, "same"),
    ],
)  # fmt: skip
def test_colour_is_of_the_better_one(better: Better, value: float, kind: str) -> None:
    svg = draw(["a", "b"], Gaps({("a", "b"): Gap(value, 0.0, 0.0, 3, 0.01)}), better)
    row_a = svg.split('<g data-c="1"')[1] if '<g data-c="1"' in svg else svg
    assert f'class="{kind} clear"' in row_a.split("</g>")[0]


def test_what_was_not_compared_says_why(compared: Compared) -> None:
    pairs = compared.differences.copy()
    wrong = (pairs["one"] == "byol+multi") & (pairs["other"] == "byol+one")
    pairs.loc[wrong, ["difference", "low", "high", "p_holm"]] = math.nan
    pairs.loc[wrong, "note"] = "no <row> in common"
    part = matrix(replace(compared, differences=pairs), means(compared))
    assert part is not None
    assert "<title>no &lt;row&gt; in common</title>" in part.html
    assert "not compared; no &lt;row&gt; in common." in part.html
    assert matrix(replace(compared, differences=pd.DataFrame()), means(compared)) is None


def test_large_comparisons_draw_the_best(
    compared: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SQUARES", 18)
    part = matrix(compared, means(compared))
    assert part is not None
    assert "The best 3 of 4 are drawn" in part.html
    assert part.html.count("<g data-c=") == 12
