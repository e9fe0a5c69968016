"""A chain fitted on some rows, applied to others: what it is by hand, and what it never sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from phenolens.chains.chain import profile
from phenolens.chains.fitted import FittedChain, fit_chain, rows_where
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

FIRST = "plate in ['p1', 'p2']"


def test_it_is_scikit_learns_pipeline_on_a_split(wells: Profiles) -> None:
    """StandardScaler and PCA, fitted on two plates and applied to all four."""
    chain = fit_chain(wells, "standardize(by=[],on=all,ddof=0),pca(components=3)", where=FIRST)
    made = chain(wells)
    first = wells.meta["plate"].isin(["p1", "p2"]).to_numpy()
    x = wells.features.astype(np.float64)
    pipeline = make_pipeline(StandardScaler(), PCA(n_components=3, svd_solver="full"))
    wanted = pipeline.fit(x[first]).transform(x)
    signs = np.sign((made.features * wanted).sum(axis=0))
    np.testing.assert_allclose(made.features, wanted * signs, atol=1e-5)
    assert np.abs(made.features[first].mean(axis=0)).max() < 1e-6
    assert np.abs(made.features[~first].mean(axis=0)).max() > 0.1  # they are not what was fitted


def test_fitted_on_all_rows_it_is_the_chain(wells: Profiles) -> None:
    text = "standardize,select_features,sphere(regularization=1,components=all),coral"
    made, wanted = fit_chain(wells, text)(wells), profile(wells, text)
    assert made.features.tobytes() == wanted.features.tobytes()
    assert made.names == wanted.names
    assert [entry["step"] for entry in made.provenance] == [
        entry["step"] for entry in wanted.provenance
    ]


def test_what_the_query_leaves_out_changes_nothing(wells: Profiles) -> None:
    """Held-out wells of plates that are in the fit, as a holdout of compounds has them."""
    where = "control or compound != '1'"
    held = (~wells.meta["control"] & (wells.meta["compound"] == "1")).to_numpy()
    text = "standardize(on=all),select_features,sphere(on=all)"
    made = fit_chain(wells, text, where)(wells)
    features = wells.features.copy()
    features[held] = 100 * features[held] + 7
    other = fit_chain(replace(wells, features=features), text, where)
    assert other(wells).features.tobytes() == made.features.tobytes()
    everything = profile(wells, text)
    assert np.abs(everything.features - made.features).max() > 0.01
    fit = made.provenance[-1]["facts"]["fit"]
    assert (fit["where"], fit["rows"]) == (f"({where})", int((~held).sum()))


def test_rows_of_the_fit_are_combined_without_the_others(wells: Profiles) -> None:
    """A treatment has wells on plates of the fit and on others: the fit sees the former only."""
    text = "aggregate(by=[compound]),standardize(by=[],on=all)"
    chain = fit_chain(wells, text, FIRST)
    treatments = profile(rows_where(wells, FIRST), "aggregate(by=[compound])").features
    made = chain(wells)
    whole = profile(wells, "aggregate(by=[compound])").features.astype(np.float64)
    mean, sd = treatments.mean(axis=0), treatments.std(axis=0, ddof=1)
    np.testing.assert_allclose(made.features, (whole - mean) / sd, rtol=1e-4, atol=1e-5)
    assert made.provenance[-1]["facts"]["fit"]["rows"] == len(treatments) == len(made)


def test_what_cannot_be_fitted_is_named_by_its_place(wells: Profiles) -> None:
    with pytest.raises(InputError, match=r"step 1 \(combat\): combat works on all rows at once"):
        fit_chain(wells, "standardize,combat")
    with pytest.raises(InputError, match=r"step 0 \(function\) has no method `fit`"):
        fit_chain(wells, [lambda profiles: profiles])
    with pytest.raises(InputError, match=r"step 0 \(sphere\): sphere needs at least 2 rows"):
        fit_chain(wells, "sphere", where="plate == 'p1' and well == 'A00'")
    with pytest.raises(InputError, match="keeps none of 64 rows"):
        fit_chain(wells, "sphere", where="plate == 'p9'")


def test_a_chain_without_steps_returns_its_input(wells: Profiles) -> None:
    assert fit_chain(wells, "")(wells) is wells
    assert FittedChain(())(wells) is wells


def test_a_new_plate_enters_the_space_by_its_own_controls(wells: Profiles) -> None:
    """With another gain and offset it lands where it was: only its controls were looked at."""
    chain = fit_chain(wells, "standardize,sphere(regularization=1,components=all)", FIRST)
    made = chain(wells)
    p4 = (wells.meta["plate"] == "p4").to_numpy()
    features = wells.features.copy()
    features[p4] = 3 * features[p4] - 20
    again = chain(replace(wells, features=features))
    np.testing.assert_allclose(again.features, made.features, atol=1e-4)
    facts = again.provenance[-2]["facts"]
    assert facts["groups_stored"] == 2
    assert facts["groups_fitted_here"] == ["plate=p3", "plate=p4"]
    assert facts["fitted_here"]["mean_error"] < 1e-6
    without = wells.take(~p4 | ~wells.meta["control"].to_numpy())
    with pytest.raises(InputError, match=r"plate=p4 has 0"):
        chain(without)
