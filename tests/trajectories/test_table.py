from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.table import is_trajectories, names_of, times_of


def named(*names: str) -> Profiles:
    return Profiles(
        meta=pd.DataFrame({"well": ["A01"]}), features=np.ones((1, len(names))), names=names
    )


def test_names_and_times_go_both_ways() -> None:
    times = [-4.0, -0.0, 2.5, 1e-5, 123456.0, 1e7, 0.1 + 0.2]
    names = names_of(times)
    assert names == (
        *("hours_-4", "hours_0", "hours_2.5", "hours_1e-05", "hours_123456"),
        *("hours_1e+07", "hours_0.3"),
    )
    made = named(*names)
    assert is_trajectories(made)
    np.testing.assert_allclose(times_of(made), times, rtol=1e-12, atol=1e-12)


def test_times_are_in_the_order_of_the_features_and_survive_a_file(tmp_path: object) -> None:
    made = named("hours_8", "hours_-2.5", "hours_0")
    loaded = Profiles.load(made.save(f"{tmp_path}/t.parquet"))
    assert times_of(loaded).tolist() == [8, -2.5, 0]


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(InputError, match="must be a number of hours, got nan"):
        names_of([0, np.nan])
    with pytest.raises(InputError, match=r"same name 'hours_0\.333333'"):
        names_of([1 / 3, 0.3333333])
    for wrong in ("phase", "hours_", "hours_x", "hours_nan", "hours_1_2"):
        other = named("hours_0", wrong)
        assert not is_trajectories(other)
        with pytest.raises(InputError, match=r"expected trajectories.*found"):
            times_of(other)
    with pytest.raises(InputError, match="two features are of the same time"):
        times_of(named("hours_1", "hours_1.0"))
    empty = named()
    assert not is_trajectories(empty)
    with pytest.raises(InputError, match="the table has no feature"):
        times_of(empty)
