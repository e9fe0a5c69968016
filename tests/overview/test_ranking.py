"""The ranking: the best first, baselines open, chance of each row."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.overview.conftest import VALUES

from phenolens.overview.compared import Compared
from phenolens.overview.means import means
from phenolens.overview.ranking import ranking


def test_rows_are_sorted_and_baselines_are_marked(compared: Compared) -> None:
    part = ranking(compared, means(compared))
    assert part is not None
    first = part.html.split('data-score="leak"')[0]
    named = re.findall(r'class="who">([^<]+)<', first)
    assert named == [*VALUES, "intensity", "cell count"]
    assert first.count('class="bar trained"') == 4
    assert first.count('class="bar baseline"') == 2
    assert first.count('class="null"') == 6
    assert first.count('class="seed trained"') == 8
    assert "Low values are good." in part.html


def test_without_a_value_there_is_no_section(compared: Compared) -> None:
    empty = replace(compared, table=compared.table.assign(value=float("nan")))
    assert ranking(empty, means(empty)) is None
