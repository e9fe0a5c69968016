"""`project` makes one image of all planes of a field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen
from phenolens.pixels.project import Project

PLANES = np.random.default_rng(0).integers(0, 999, (12, 2, 16, 16)).astype(np.uint16)


def stack(rows: Rows) -> Images:
    return PLANES[rows]


def screen() -> Screen:
    """Return 2 wells of 2 sites and 3 planes, planes in another order than their numbers."""
    meta = pd.DataFrame(
        {
            "plate": "p",
            "well": np.repeat(["A01", "A02"], 6),
            "site": np.tile(np.repeat([1, 2], 3), 2),
            "z": ["2", "0", "10"] * 4,
            "compound": np.repeat(["x", "y"], 6),
            "stage_z": np.arange(12.0),
        }
    )
    return Screen(meta=meta, channels=("DNA", "ER"), read=stack, size=(16, 16))


ALL = PLANES.reshape(4, 3, 2, 16, 16)


def test_max_and_mean_are_those_of_the_planes() -> None:
    made = Project()(screen())
    assert np.array_equal(made.read(np.arange(4)), ALL.max(axis=1))
    mean = Project(by="mean")(screen()).read(np.array([3, 0]))
    assert np.array_equal(mean, np.rint(ALL.mean(axis=1))[[3, 0]])
    assert list(made.meta) == ["plate", "well", "site", "compound"]
    assert made.meta["well"].tolist() == ["A01", "A01", "A02", "A02"]
    facts = made.history[0]["facts"]
    assert facts == {"planes_least": 3, "planes_most": 3, "columns_that_differ": ["stage_z"]}


def test_times_and_scenes_are_not_merged_with_the_planes() -> None:
    stacked = screen()
    for name in ("timepoint", "scene"):
        renamed = replace(stacked, meta=stacked.meta.rename(columns={"site": name}))
        assert np.array_equal(Project()(renamed).read(np.arange(4)), ALL.max(axis=1))
    both = stacked.meta.assign(timepoint=stacked.meta["z"], time=stacked.meta["z"])
    over = Project(over="time")(replace(stacked, meta=both.drop(columns="z")))
    assert np.array_equal(over.read(np.arange(4)), ALL.max(axis=1))


def test_one_plane_goes_by_its_number() -> None:
    made = Project(by="one", at=10)(screen())
    assert np.array_equal(made.read(np.arange(4)), ALL[:, 2])


def test_the_sharpest_plane_is_chosen_for_each_channel() -> None:
    flat = np.full((12, 2, 16, 16), 500, dtype=np.uint16)
    flat[1, 0, 4:8, 4:8] = 5000  # channel 0: the plane 0
    flat[2, 1, 4:8, 4:8] = 5000  # channel 1: the plane 10
    made = Project(by="sharpest")(replace(screen(), read=lambda rows: flat[rows]))
    image = made.read(np.array([0]))[0]
    assert np.array_equal(image, np.stack([flat[1, 0], flat[2, 1]]))


def test_over_time_too() -> None:
    meta = screen().meta.rename(columns={"z": "time"})
    made = Project(over="time", by="mean")(replace(screen(), meta=meta))
    assert len(made) == 4
    assert "time" not in made.meta


def test_a_field_is_known_by_the_files_of_all_its_planes() -> None:
    def files(rows: Rows) -> Any:
        return np.repeat(rows.astype(np.uint8)[:, None], 16, axis=1)

    one = Project()(replace(screen(), identify=files))
    assert one.identify is not None
    hashes = one.identify(np.arange(4))
    assert len({h.tobytes() for h in hashes}) == 4

    def other(rows: Rows) -> Any:
        return files(np.where(rows == 4, 99, rows))

    again = Project()(replace(screen(), identify=other)).identify
    assert again is not None
    assert (again(np.arange(4)) != hashes).any(axis=1).tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("settings", "changed", "message"),
    [
        ({"over": "depth"}, {}, "over: no column 'depth'"),
        ({}, {"z": None}, r"no column 'z'; give the planes a group z in the pattern"),
        ({}, {"z": "top"}, "column 'z' has values that are not numbers, as 'top'"),
        ({}, {"z": "1"}, "8 planes occur twice; the first: p A01 1 at z = 1"),
        ({"by": "one", "at": 3}, {}, "4 of 4 fields have no plane at z = 3; the first: p A01 1"),
    ],
)
def test_what_cannot_be_projected_is_named(
    settings: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    meta = screen().meta.assign(**changed)
    meta = meta.drop(columns="z") if changed.get("z", "") is None else meta
    with pytest.raises(InputError, match=message):
        Project(**settings)(replace(screen(), meta=meta))
