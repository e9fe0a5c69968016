"""The effects of axes: turned so that they are positive in the summary, as given in the figure."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from phenolens.overview.compared import Compared
from phenolens.overview.factors import effects, factors


def test_the_strongest_effect_of_each_axis(compared: Compared) -> None:
    part = factors(compared)
    assert part is not None
    table = part.html.split("</table>")[0]
    assert '<b class="hit">+0.075*</b> <small>multi less one</small>' in table
    figure = part.html.split("<figure")[1]
    assert "one less multi" in figure
    assert "\u22120.075 <small>p = 0.02, 2 pairs</small>" in figure
    assert "leak" not in part.html  # no effect was measured in it


def test_an_effect_beyond_chance_comes_before_a_larger_one(compared: Compared) -> None:
    (row,) = compared.effects.to_dict("records")
    more = pd.DataFrame([row, {**row, "one": "x", "difference": 0.5, "p_holm": 0.3}])
    part = factors(replace(compared, effects=more))
    assert part is not None
    assert "+0.075*" in part.html.split("</table>")[0]
    one, other = effects(replace(compared, effects=more))
    assert one.upward().one == "multi"
    assert one.upward().gap.value == pytest.approx(0.075)
    assert other.upward() is other


def test_without_effects_there_is_no_section(compared: Compared) -> None:
    assert factors(replace(compared, effects=pd.DataFrame())) is None
    unknown = compared.effects.assign(difference=float("nan"))
    assert factors(replace(compared, effects=unknown)) is None


def test_of_many_effects_the_largest_are_shown_first(compared: Compared) -> None:
    (row,) = compared.effects.to_dict("records")
    many = pd.DataFrame([{**row, "one": f"v{k}", "difference": k / 100} for k in range(15)])
    part = factors(replace(compared, effects=many))
    assert part is not None
    shown, more = part.html.split("<summary>3 smaller ones</summary>")
    assert "v14 less multi" in shown.split("<h4>")[1]
    assert [f"v{k} less multi" in more for k in range(15)] == [k < 3 for k in range(15)]
