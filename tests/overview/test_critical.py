"""The critical-difference picture: places, groups, what the axis is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pandas as pd
import pytest
from tests.overview.conftest import VALUES

from phenolens.overview.compared import Compared
from phenolens.overview.critical import Place, critical, draw, levels_of
from phenolens.overview.means import means


def test_cells_are_joined_where_no_pair_differs(compared: Compared) -> None:
    part = critical(compared, means(compared))
    assert part is not None
    groups = re.findall(r"<li>([^<]+)</li>", part.html)
    assert groups == ["byol+multi and byol+one", "mae+multi and mae+one"] * 2
    assert part.html.count('class="joined"') == 4
    assert "Axis: value, mean over seeds" in part.html


def test_mean_ranks_are_the_axis_where_they_are_known(compared: Compared) -> None:
    order = ["mae+one", *[cell for cell in VALUES if cell != "mae+one"]]
    ranks = pd.DataFrame({"score": "nsc", "cell": order, "rank": [1.25, 2.0, 2.75, 4.0], "n": 8})
    part = critical(replace(compared, ranks=ranks), means(compared))
    assert part is not None
    assert "Axis: mean rank" in part.html
    assert "mae+one: 1.250" in part.html
    assert "Axis: value" in part.html  # the other score has no ranks


@pytest.mark.parametrize("down", [True, False])
def test_the_best_is_at_the_left(down: bool) -> None:
    values = [0.9, 0.5, 0.1] if down else [1.0, 2.0, 3.0]
    places = [Place(name, value, False) for name, value in zip("abc", values, strict=True)]
    root = ET.fromstring(draw(places, [(0, 1)], down=down))
    leads = [float(e.get("d", "M0 ").split()[0][1:]) for e in root.iter("path")]
    assert leads == sorted(leads)
    (joined,) = [e for e in root.iter("line") if e.get("class") == "joined"]
    assert float(joined.get("x1", "")) == pytest.approx(leads[0] - 4, abs=0.1)
    assert float(joined.get("x2", "")) == pytest.approx(leads[1] + 4, abs=0.1)


def test_overlapping_groups_are_on_lines_of_their_own() -> None:
    assert levels_of([(0, 2), (1, 3), (2, 5), (4, 6)]) == [0, 1, 2, 0]
    assert levels_of([(0, 1), (1, 2)]) == [0, 1]


def test_without_pairs_there_is_no_section(compared: Compared) -> None:
    assert critical(replace(compared, differences=pd.DataFrame()), means(compared)) is None
    few = compared.differences[compared.differences["other"] != "mae+one"]
    part = critical(replace(compared, differences=few), means(compared))
    assert part is not None
    assert "since they were not compared: mae+one." in part.html
