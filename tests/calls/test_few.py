from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from phenolens.calls.few import few_images, in_turn, some_images
from phenolens.calls.linear import fit_calls
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_so_many_of_each_call_and_of_each_plates_controls_of_many_wells(
    planted: Planted,
) -> None:
    table = planted(tiles=2)
    calls = fit_calls(table)
    images, rows = few_images(calls, table, 3, seed=0)
    assert rows.tolist() == [tile for i in images for tile in (2 * i, 2 * i + 1)]
    meta = table.meta.iloc[rows[::2]]
    treated = meta[~meta["control"]]
    assert treated["treatment"].value_counts().to_dict() == {"up": 3, "flat": 3}
    assert meta[meta["control"]]["plate"].value_counts().to_dict() == {"p0": 3, "p1": 3}
    assert not meta.duplicated(["plate", "well"]).any()


def test_wells_are_taken_in_turn_and_kinds_below_zero_are_not_taken() -> None:
    kind, well = np.array([0, 0, 0, 0, -1, 1]), np.array([7, 7, 7, 8, 9, 9])
    for seed in range(4):
        taken = in_turn(kind, well, 2, seed)
        assert taken.tolist() == sorted(taken)
        assert sorted(well[taken].tolist()) == [7, 8, 9]  # one of each well, before a second one
    assert in_turn(kind, well, 9, 0).tolist() == [0, 1, 2, 3, 5]


def test_all_where_more_are_asked_for(planted: Planted) -> None:
    table = planted(tiles=2)
    images, _ = few_images(fit_calls(table), table, 99, seed=0)
    assert images.tolist() == np.arange(len(table) // 2).tolist()


def test_some_images_of_every_value_and_of_the_controls(planted: Planted) -> None:
    meta = planted(tiles=1).meta
    images, values = some_images(meta, "", 3, seed=1)
    assert values.name == "treatment"
    assert values.value_counts().to_dict() == {"control": 3, "up": 3, "flat": 3}
    assert (meta["control"].iloc[images].to_numpy() == (values == "control").to_numpy()).all()
    bare, names = some_images(meta[["plate", "well"]], "", 4, seed=0)
    assert (len(bare), set(names)) == (4, {"image"})


def test_missing_values_are_no_group_and_a_value_named_control_is_not_the_controls() -> None:
    meta = pd.DataFrame({
        "plate": "p0", "well": ["A1", "A1", "A2", "A3", "A4", "A5", "A6"],
        "treatment": ["a", "a", "a", None, "control", "DMSO", None],
        "control": [False] * 5 + [True, True],
    })  # fmt: skip
    for seed in range(4):
        images, values = some_images(meta, "treatment", 2, seed)
        assert dict(zip(meta["well"].iloc[images], values, strict=True)) == {
            "A1": "a",  # each well once, before a second image of one
            "A2": "a",
            "A4": "control",
            "A5": "negative control",
            "A6": "negative control",
        }
