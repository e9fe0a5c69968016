from __future__ import annotations

from dataclasses import replace
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


def frames() -> Profiles:
    """Return two sites of two wells at two times: A01 has one blank frame, A02 is blank at 4 h."""
    meta = pd.DataFrame(
        {
            "plate": "P1",
            "well": ["A01"] * 4 + ["A02"] * 4,
            "site": ["1", "2"] * 4,
            "time": [0.0, 0.0, 4.0, 4.0] * 2,
        }
    )
    x = np.arange(16.0).reshape(8, 2)
    x[[1, 6, 7]] = np.nan  # blank
    x[2, 0] = np.nan  # one feature is missing
    return Profiles(meta, x)


@pytest.mark.parametrize("how", ["mean", "median", "modz"])
def test_rows_that_lack_features_are_left_out_counted_and_named(how: Any) -> None:
    by = ("plate", "well", "time")
    with pytest.raises(InputError, match='left out with `incomplete = "drop"`, rows without any'):
        Aggregate(by=by, how=how)(frames())
    with pytest.raises(InputError, match=r"'f0000' is nan in plate P1, well A01, site 1"):
        Aggregate(by=by, how=how, incomplete="drop_blank")(frames())
    made = Aggregate(by=by, how=how, incomplete="drop")(frames())
    assert made.meta["well"].tolist() == ["A01", "A01", "A02"]
    assert made.meta["time"].tolist() == [0, 4, 0]
    assert made.meta["count"].tolist() == [1, 1, 2]
    np.testing.assert_allclose(made.features, [[0, 1], [6, 7], [9, 10]])
    facts = made.provenance[-1]["facts"]
    assert facts["rows_incomplete"] == 4
    assert facts["rows_dropped"] == 0
    assert facts["left_out"] == (
        "4 of 8 rows with missing features left out: "
        "plate P1, well A01, site 2, time 0.0 (row 3); plate P1, well A01, site 1, time 4.0 (row 4)"
        "; plate P1, well A02, site 1, time 4.0 (row 8); plate P1, well A02, site 2, time 4.0 "
        "(row 9). Without another row: plate=P1, well=A02, time=4.0"
    )
    whole = frames().take(np.array([0, 3, 4, 5]))
    assert Aggregate(by=by, how=how, incomplete="drop")(whole).features.tobytes() == (
        Aggregate(by=by, how=how)(whole).features.tobytes()
    )
    blank = replace(frames(), features=np.full((8, 2), np.nan))
    with pytest.raises(InputError, match="every row has missing features"):
        Aggregate(by=by, how=how, incomplete="drop_blank")(blank)


def test_an_infinite_feature_is_never_missing() -> None:
    x = frames().features.copy()
    x[0, 1] = np.inf
    with pytest.raises(InputError, match=r"'f0001' is inf in plate P1, well A01, site 1"):
        Aggregate(incomplete="drop")(replace(frames(), features=x))
