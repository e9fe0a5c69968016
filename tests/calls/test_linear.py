"""Calls against Fisher's discriminant written out, and wells that must not be seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from phenolens.calls.linear import fit_calls
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_a_direction_is_fishers_by_the_wells_of_the_other_fold(planted: Planted) -> None:
    table = planted()
    calls = fit_calls(table)
    assert calls.names == ("flat", "up")
    scaled = calls.scales.apply(table.features, calls.places)
    for held in range(2):
        used = calls.fold != held
        base = scaled[used & calls.controls]
        up = scaled[used & (calls.label == 1)]
        covariance, _ = ledoit_wolf(base)
        w = np.linalg.inv(covariance) @ (up.mean(axis=0) - base.mean(axis=0))
        w /= np.sqrt(w @ covariance @ w)
        np.testing.assert_allclose(calls.weights[held, 1], w, rtol=1e-9)
        middle = (up.mean(axis=0) + base.mean(axis=0)) / 2
        assert calls.offsets[held, 1] == pytest.approx(-w @ middle)
    own, controls = calls.rows_of(1)
    margins = calls.margins(table.features[own], own, 1)
    by_hand = [
        scaled[r] @ calls.weights[calls.fold[r], 1] + calls.offsets[calls.fold[r], 1] for r in own
    ]
    np.testing.assert_allclose(margins, by_hand)
    assert margins.mean() > 1
    assert calls.margins(table.features[controls], controls, 1).mean() < -1


def test_tiles_of_a_well_are_in_one_fold_and_folds_are_balanced(planted: Planted) -> None:
    table = planted(tiles=3)
    calls = fit_calls(table)
    assert all(len(set(calls.fold[calls.well == w])) == 1 for w in np.unique(calls.well))
    for call in range(2):
        own, _ = calls.rows_of(call)
        wells = {(w, f) for w, f in zip(calls.well[own], calls.fold[own], strict=True)}
        assert sorted(f for _, f in wells) == [0] * 4 + [1] * 4


def test_controls_are_those_of_the_same_plates(planted: Planted) -> None:
    table = planted()
    kept = ~((table.meta["treatment"] == "up") & (table.meta["plate"] == "p1")).to_numpy()
    calls = fit_calls(table.take(kept))
    _, controls = calls.rows_of(1)
    assert set(table.take(kept).meta["plate"].iloc[controls]) == {"p0"}


def test_what_cannot_be_called_is_refused(planted: Planted) -> None:
    table = planted()
    one_each = table.take(
        ~table.meta.duplicated("treatment").to_numpy() | table.meta["control"].to_numpy(bool)
    )
    with pytest.raises(InputError, match="no treatment has two wells"):
        fit_calls(one_each)
    with pytest.raises(InputError, match="needs a column 'moa'"):
        fit_calls(table, "moa")


def test_mechanisms_are_called_where_the_table_has_some(planted: Planted) -> None:
    table = planted()
    table.meta["moa"] = table.meta["treatment"].map({"up": "m1", "flat": "m2"})
    assert (fit_calls(table).same, fit_calls(table).names) == ("moa", ("m1", "m2"))
    table.meta["moa"] = None
    table.meta["compound"] = table.meta["treatment"]
    assert fit_calls(table).same == "compound"
    assert fit_calls(table, "treatment").same == "treatment"


def test_a_margin_grows_by_the_slope(planted: Planted) -> None:
    table = planted()
    calls = fit_calls(table)
    own, _ = calls.rows_of(1)
    slopes = calls.slopes(own, 1)
    step = np.random.default_rng(1).normal(size=slopes.shape)
    before = table.features[own].astype(np.float64)
    gained = calls.margins(before + step, own, 1) - calls.margins(before, own, 1)
    np.testing.assert_allclose(gained, (step * slopes).sum(axis=1))


def test_an_encoder_that_has_collapsed_is_named(planted: Planted) -> None:
    table = planted()
    flat = Profiles(meta=table.meta, features=np.ones_like(table.features))
    with pytest.raises(InputError, match="the same embedding"):
        fit_calls(flat)


def test_a_row_without_a_well_is_not_one_of_a_well(planted: Planted) -> None:
    table = planted()
    meta = table.meta.assign(well=table.meta["well"].where(table.meta.index != 3))
    with pytest.raises(InputError, match=r"well: 1 of \d+ rows have none"):
        fit_calls(Profiles(meta=meta, features=table.features))


def test_a_column_named_as_one_of_the_answer_is_refused(planted: Planted) -> None:
    table = planted()
    meta = table.meta.assign(channel=table.meta["treatment"])
    with pytest.raises(InputError, match="channel: is the name of a column of the answer"):
        fit_calls(Profiles(meta=meta, features=table.features), "channel")
