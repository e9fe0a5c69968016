from __future__ import annotations

import pytest

from phenolens.comparison.costs import COSTS, OF_PROCESS, RATIOS, found_text
from phenolens.comparison.layout import COLUMNS


def test_every_cost_is_a_column_and_all_numbers_are_ratios() -> None:
    assert set(COSTS) <= COLUMNS
    assert set(COSTS) - set(RATIOS) == {"device", "found"}
    assert set(OF_PROCESS) <= set(RATIOS)


@pytest.mark.parametrize(
    ("cost", "text"),
    [({"found": ["limits", "train"]}, "limits, train"), ({"found": []}, ""), ({}, None)],
)
def test_what_was_found_as_text(cost: dict[str, object], text: str | None) -> None:
    assert found_text(cost) == text
