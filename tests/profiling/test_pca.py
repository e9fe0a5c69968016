from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.pca import Pca


def up_to_sign(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    return wanted * np.sign((wanted * made).sum(axis=0))


@pytest.mark.parametrize("components", [3, 5, 0.8, 0.999, 1.0])
def test_as_scikit_learn_up_to_sign(wells: Profiles, components: int | float) -> None:
    made = Pca(components=components)(wells)
    x = wells.features.astype(np.float64)
    # Of a share of 1.0 scikit-learn says all components, by None.
    judge = PCA(n_components=None if components == 1.0 else components, svd_solver="full").fit(x)
    wanted = judge.transform(x)
    assert made.features.shape == wanted.shape
    np.testing.assert_allclose(made.features, up_to_sign(wanted, made.features), atol=1e-4)
    facts = made.provenance[-1]["facts"]
    assert facts["variance_share"] == pytest.approx(judge.explained_variance_ratio_.sum())
    assert made.names[:2] == ("pca0000", "pca0001")


def test_fitted_on_controls_and_put_on_all(wells: Profiles) -> None:
    made = Pca(components=2, on="controls")(wells)
    x, control = wells.features.astype(np.float64), wells.meta["control"].to_numpy()
    wanted = PCA(n_components=2, svd_solver="full").fit(x[control]).transform(x)
    np.testing.assert_allclose(made.features, up_to_sign(wanted, made.features), atol=1e-4)


def test_more_features_than_rows_on_a_real_table(real: dict[str, Profiles]) -> None:
    cpjump1 = real["cpjump1"].take(np.arange(50))  # 904 features
    made = Pca(components=1.0)(cpjump1)
    assert made.features.shape == (50, 49)
    x = cpjump1.features.astype(np.float64)
    wanted = PCA(n_components=49, svd_solver="full").fit_transform(x)
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(
        made.features / scale, up_to_sign(wanted, made.features) / scale, atol=1e-5
    )
    # All directions that the rows have: distances are what they were.
    far = np.linalg.norm(x[0] - x[7])
    assert np.linalg.norm(made.features[0] - made.features[7]) == pytest.approx(far, rel=1e-5)
    facts = Pca(components=400)(cpjump1).provenance[-1]["facts"]
    assert (facts["carried"], facts["components_out"]) == (49, 49)


def test_signs_are_free_of_the_rows_order(wells: Profiles) -> None:
    order = np.random.default_rng(3).permutation(len(wells))
    made, again = Pca()(wells), Pca()(wells.take(order))
    np.testing.assert_allclose(made.features[order], again.features, atol=1e-5)


def test_constant_features_are_fine_and_a_constant_table_is_not(wells: Profiles) -> None:
    x = wells.features.copy()
    x[:, 1] = 5.0
    assert Pca(components=1.0)(replace(wells, features=x)).features.shape[1] == 4
    with pytest.raises(InputError, match="do not vary"):
        Pca()(replace(wells, features=np.ones_like(x)))
    with pytest.raises(InputError, match="at least 2 rows"):
        Pca()(wells.take(np.array([0])))


@pytest.mark.parametrize("components", [0, -1, 0.0, 1.5])
def test_what_components_may_be(components: int | float) -> None:
    with pytest.raises(InputError, match="whole number of at least 1, or a share"):
        Pca(components=components)
