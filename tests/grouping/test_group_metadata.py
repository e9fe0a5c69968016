"""Groups' metadata, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.grouping.group_metadata import metadata
from phenolens.grouping.groups import RowGroups


def grouped(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return what rows sorted by treatment become."""
    profiles = Profiles(meta=table, features=np.zeros((len(table), 1)))
    groups = RowGroups.of(profiles, ("treatment",), "this test")
    start = np.searchsorted(groups.codes, np.arange(len(groups)))
    return metadata(profiles.meta, groups, groups.codes, start)


def test_what_varies_is_joined_dropped_or_counted() -> None:
    table = pd.DataFrame(
        {
            "treatment": ["a", "a", "b"],
            "batch": ["w2", "w1", "w1"],
            "moa": ["x", None, "y"],
            "plate": [10.0, 9.0, 9.0],
            "site": [1, 2, 1],
            "colour": ["red", "red", "red"],
            "shade": ["pale", "dark", "dark"],
            "count": [3, 4, 5],
        }
    )
    made, facts = grouped(table)
    assert made.to_dict("list") == {
        "treatment": ["a", "b"],
        "batch": ["w1|w2", "w1"],
        "moa": ["x", "y"],
        "plate": ["10|9", "9"],
        "colour": ["red", "red"],
        "count": [7, 5],
    }
    assert facts == {
        "joined": ["batch", "moa", "plate"],
        "dropped": ["site", "shade"],
        "partly_missing": {"moa": 1},
    }


def test_controls_and_others_in_one_group_are_refused() -> None:
    table = pd.DataFrame({"treatment": ["a", "a"], "control": [True, False]})
    with pytest.raises(InputError, match="treatment=a holds negative controls and others"):
        grouped(table)


def test_flags_and_counts_are_read_whatever_their_type() -> None:
    """Flags as text with gaps, which mean no control; counts as text."""
    table = pd.DataFrame(
        {
            "treatment": ["a", "a", "b"],
            "control": ["no", None, "yes"],
            "count": np.array(["3", "4", None], dtype=object),
        }
    )
    made, _ = grouped(table)
    assert made["control"].tolist() == [False, True]
    assert made["count"].iloc[0] == 7
    assert np.isnan(made["count"].iloc[1])


@pytest.mark.parametrize(("name", "value"), [("count", "many"), ("control", "perhaps")])
def test_a_flag_or_count_that_is_none_is_refused(name: str, value: str) -> None:
    table = pd.DataFrame({"treatment": ["a", "a"], name: [value, value]})
    with pytest.raises(InputError, match=rf"'{name}' is '{value}'"):
        grouped(table)
