from __future__ import annotations

from phenolens.comparison.costs import COSTS, RATIOS
from phenolens.comparison.layout import COLUMNS


def test_every_cost_is_a_column_and_all_but_the_device_are_ratios() -> None:
    assert set(COSTS) <= COLUMNS
    assert set(COSTS) - set(RATIOS) == {"device"}
