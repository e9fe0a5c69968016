"""All figures: every cell in every score, every row of the table."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from phenolens.overview import figures as module
from phenolens.overview.compared import Compared
from phenolens.overview.figures import figures, long_rows
from phenolens.overview.means import means


def test_the_table_is_complete_and_has_numbers_to_sort_by(compared: Compared) -> None:
    part = figures(compared, means(compared))
    assert part is not None
    body = part.html.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr") == 6
    assert body.count('<tr class="baseline">') == 2
    assert re.search(r'data-value="0.8">0.800<small>± 0.014 \[0.700, 0.900\]</small>', body)
    assert "20 rows" in part.html


def test_rows_of_the_long_table(compared: Compared) -> None:
    rows = long_rows(compared)
    assert len(rows) == len(compared.table)
    assert rows[0] == ["byol+multi", "0", "NSC", "0.7900", "0.6900", "0.8900", "0.1000", "50", "20"]
    assert rows[-1][-1] == ""


def test_more_rows_than_the_page_holds_are_counted(
    compared: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 5)
    part = figures(compared, means(compared))
    assert part is not None
    assert "5 rows; 15 more in table.csv" in part.html
    empty = replace(compared, table=compared.table[:0])
    assert figures(empty, means(empty)) is None
