from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate


def table(features: list[list[float]], **columns: list[object]) -> Profiles:
    return Profiles(meta=pd.DataFrame(columns), features=np.array(features))


def test_mean_and_median_worked_by_hand() -> None:
    crops = table([[1.0], [2.0], [3.0], [10.0], [7.0]], plate=list("aaaab"), well=list("xxxxy"))
    assert Aggregate()(crops).features.tolist() == [[4.0], [7.0]]
    # The middle two of 1 2 3 10 are 2 and 3; torch's median would say 2.
    assert Aggregate(how="median")(crops).features.tolist() == [[2.5], [7.0]]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_as_pandas_and_free_of_row_order(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 40))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    meta = pd.DataFrame({"plate": rng.integers(0, 3, n), "well": rng.integers(0, 4, n)})
    x = (rng.normal(size=(n, 3)) * 10.0 ** rng.integers(-4, 4, (n, 3))).astype(np.float32)
    profiles, order = Profiles(meta=meta, features=x), rng.permutation(n)
    grouped = pd.DataFrame(x.astype(np.float64)).groupby([meta["plate"], meta["well"]])
    for how in ("mean", "median"):
        step = Aggregate(how=how)
        made, again = step(profiles), step(profiles.take(order))
        np.testing.assert_allclose(made.features, getattr(grouped, how)(), rtol=1e-6, atol=1e-12)
        np.testing.assert_array_equal(made.features, again.features)  # to the last bit
        pd.testing.assert_frame_equal(made.meta, again.meta)
        assert made.meta["count"].tolist() == grouped.size().tolist()


def test_what_becomes_of_the_metadata() -> None:
    wells = table(
        [[1.0], [2.0], [3.0], [4.0]],
        treatment=["t", "t", "t", "u"],
        batch=["Week2", "Week1", "Week2", "Week1"],
        concentration=[0.3, 0.3, 0.3, 10.0],
        moa=["x", None, "x", None],
        plate=[1000001.0, 1000002.0, 1000001.0, 1000003.0],
        site=[1, 2, 3, 4],
        reader=["i", "j", "i", "i"],
        microscope=["m", "m", "m", "n"],
        control=[False, False, False, True],
    )
    made = Aggregate(by=("treatment",))(wells)
    assert made.meta.to_dict("list") == {
        "treatment": ["t", "u"],
        "batch": ["Week1|Week2", "Week1"],
        "concentration": [0.3, 10.0],
        "moa": ["x", pytest.approx(np.nan, nan_ok=True)],
        "plate": ["1000001|1000002", "1000003"],
        "microscope": ["m", "n"],
        "control": [False, True],
        "count": [3, 1],
    }
    assert made.meta["control"].dtype == bool
    facts = made.provenance[-1]["facts"]
    assert facts["joined"] == ["batch", "moa", "plate"]
    assert facts["dropped"] == ["site", "reader"]
    assert facts["partly_missing"] == {"moa": 1}


def test_sets_are_united_and_counts_summed() -> None:
    parts = table([[1.0], [3.0]], treatment=["t", "t"], batch=["w1|w3", "w2 | w1"], count=[3, 4])
    made = Aggregate(by=("treatment",))(parts)
    assert made.meta.iloc[0].to_dict() == {"treatment": "t", "batch": "w1|w2|w3", "count": 7}


def test_the_two_orders_of_the_papers_differ() -> None:
    wells = table(
        [[0.0], [2.0], [10.0], [4.0]],
        treatment=["t"] * 4,
        plate=["p", "p", "q", "r"],
        well=["1", "2", "1", "1"],
    )
    median = Aggregate(by=("treatment",), how="median")
    # Wells straight to treatments: the middle two of 0 2 4 10.
    assert median(wells).features.item() == 3.0
    # First by plate (1, 10, 4), then the middle of these.
    assert median(Aggregate(by=("treatment", "plate"))(wells)).features.item() == 4.0


def test_a_row_without_a_group_is_refused_or_counted() -> None:
    wells = table([[1.0], [2.0]], treatment=["t", None])
    with pytest.raises(InputError, match="1 of 2 rows have no value"):
        Aggregate(by=("treatment",))(wells)
    made = Aggregate(by=("treatment",), missing="drop")(wells)
    assert made.meta["treatment"].tolist() == ["t"]
    assert made.provenance[-1]["facts"]["rows_dropped"] == 1
    with pytest.raises(InputError, match="no row has a value"):
        Aggregate(by=("treatment",), missing="drop")(wells.take(np.array([1])))


@pytest.mark.parametrize("how", ["mean", "median", "modz"])
def test_a_table_without_rows_is_named_so(how: Any) -> None:
    wells = table([[1.0]], treatment=["t"]).take(np.array([], dtype=np.int64))
    with pytest.raises(InputError, match="aggregate needs at least one row"):
        Aggregate(by=("treatment",), how=how)(wells)


def test_controls_never_mix_with_others() -> None:
    wells = table([[1.0], [2.0]], plate=["p", "p"], control=[True, False])
    with pytest.raises(InputError, match=r"plate=p holds negative controls and others"):
        Aggregate(by=("plate",))(wells)


def test_no_column_is_refused() -> None:
    with pytest.raises(InputError, match="at least one column"):
        Aggregate(by=())(table([[1.0]], plate=["p"]))


def test_modz_leans_to_the_rows_that_agree() -> None:
    crops = table(
        [[1.0, 2.0, 3.0], [1.0, 2.0, 4.0], [3.0, 2.0, 1.0], [6.0, 0.0, 1.0]],
        plate=list("aaab"),
        well=list("xxxy"),
    )
    # The first two agree (r = 1) and both oppose the third (r = -1, so 0): 0.5, 0.5, 0.01.
    step = Aggregate(how="modz")
    made = step(crops)
    wanted = 0.495 * np.array([2.0, 4.0, 7.0]) + 0.0099 * np.array([3.0, 2.0, 1.0])
    np.testing.assert_allclose(made.features[0], wanted, rtol=1e-6)
    assert made.features[1].tolist() == [6.0, 0.0, 1.0]
    assert made.provenance[-1]["facts"]["weight_sum_error"] == pytest.approx(1e-4)
    assert made.meta["count"].tolist() == [3, 1]


def test_modz_needs_enough_decimals_for_a_group_of_many_rows() -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"plate": ["p"] * 300, "well": ["w"] * 300})
    many = Profiles(meta=meta, features=rng.normal(size=(300, 2)))
    with pytest.raises(InputError, match="rounded to 2 decimals"):
        Aggregate(how="modz", precision=2)(many)
    assert len(Aggregate(how="modz", precision=6)(many)) == 1
    with pytest.raises(InputError, match="precision: must be"):
        Aggregate(precision=0)
    with pytest.raises(InputError, match="min_weight: must be"):
        Aggregate(min_weight=-1.0)
