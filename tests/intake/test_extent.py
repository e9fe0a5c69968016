"""Fields, z planes and times of a table of images."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.intake.extent import Extent

ROWS = pd.DataFrame(
    {
        "plate": "P",
        "well": np.repeat(["A01", "A02"], 12),
        "site": np.tile(np.repeat([1, 2], 6), 2),
        "z": np.tile([1, 1, 2, 2, 3, 3], 4),
        "timepoint": np.tile([1, 2], 12),
    }
)


def test_planes_and_times_are_apart_from_fields() -> None:
    found = Extent.of(ROWS)
    assert found == Extent(fields=4, planes=3, times=2, times_in="timepoint")
    assert found.words == "4 fields, 3 z planes, 2 times"
    assert Extent.of(ROWS.drop(columns="z").drop_duplicates()).words == "4 fields, 2 times"


def test_without_a_stack_each_row_is_a_field() -> None:
    one = ROWS[(ROWS["z"] == 1) & (ROWS["timepoint"] == 1)]
    assert Extent.of(one) == Extent(fields=4)
    assert not Extent.of(one).stacked
    doubled = pd.concat([one, one]).drop(columns=["z", "timepoint"])
    assert Extent.of(doubled).fields == 8, "a repeated field is flagged, not hidden"
