from __future__ import annotations

from collections.abc import Callable

import numpy as np

from phenolens.calls.wells import codes_of_wells, well_codes
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_wells_of_one_name_on_two_plates_are_two_wells(planted: Planted) -> None:
    table = planted(tiles=2)
    code = well_codes(table, "test")
    pairs = (table.meta["plate"] + table.meta["well"]).to_numpy()
    np.testing.assert_array_equal(code, codes_of_wells(table.meta))
    assert len(np.unique(code)) == len(np.unique(pairs)) == 28
    assert all(len(np.unique(code[pairs == pair])) == 1 for pair in np.unique(pairs))
