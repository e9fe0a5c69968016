from __future__ import annotations

import numpy as np
import pytest

from phenolens.trajectories.noise import Noise, mean_root


def loo(curves: np.ndarray) -> np.ndarray:
    """The distance of each control curve to the mean of the others, (curve, time)."""
    others = (curves.sum(axis=0) - curves) / (len(curves) - 1)
    return np.asarray(np.sqrt(((curves - others) ** 2).sum(axis=-1)))


@pytest.mark.parametrize(("controls", "replicates"), [(3, 3), (6, 1), (12, 3)])
def test_treatments_without_an_effect_stay_in_the_band(controls: int, replicates: int) -> None:
    """A pointwise band of resampled controls is left by most of them."""
    rng = np.random.default_rng(0)
    left = np.zeros(2)
    for _ in range(100):
        curves = rng.normal(size=(controls, 25, 3))
        new = rng.normal(size=(replicates, 25, 3))
        far = np.sqrt(((new - curves.mean(axis=0)) ** 2).sum(axis=-1))
        values, none = loo(curves), np.zeros(controls, dtype=np.int64)
        noise = Noise.of(values, np.ones(controls, dtype=bool), none)
        high = noise.band([0] * replicates, 0.05)[1]
        drawn = np.sqrt(values)[rng.integers(controls, size=(200, replicates))].mean(axis=1)
        naive = np.quantile(drawn, 0.95, axis=0)
        left += (mean_root(far) ** 2 > high).any(), (mean_root(far) > naive).any()
    assert left[0] / 100 < 0.06
    assert left[1] / 100 > 0.6


def test_the_variance_is_moderated_by_that_of_all_times() -> None:
    roots = np.array([[1.0, 1, 2], [1, 2, 4], [1, 3, 6]])
    noise = Noise.of(roots**2, np.ones(3, dtype=bool), np.zeros(3, dtype=np.int64))
    common = (0 + 2 + 8) / 6
    np.testing.assert_allclose(noise.mean[0], [1, 2, 4])
    np.testing.assert_allclose(noise.variance[0], (4 * common + np.array([0.0, 2, 8])) / 6)
    mean, sd, freedom = noise.of_mean([0, 0])
    np.testing.assert_allclose(sd, np.sqrt(noise.variance[0] * (1 / 2 + 1 / 3)))
    assert freedom.tolist() == [6, 6, 6]
    assert mean.tolist() == [1, 2, 4]


def test_groups_have_noise_of_their_own_and_few_controls_none() -> None:
    values = np.array([[1.0], [4], [9], [1], [1], [np.nan]])
    noise = Noise.of(values, np.ones(6, dtype=bool), np.array([0, 0, 0, 1, 1, 1]))
    assert noise.mean[0, 0] == 2
    assert np.isnan(noise.mean[1, 0])
    assert np.isnan(noise.band([0, 1], 0.05)[1][0])
    assert noise.band([0], 0.05)[1][0] > 4 > noise.band([0], 0.05)[0][0]


def test_the_mean_of_roots_leaves_missing_values_out() -> None:
    values = np.array([[1.0, 4, np.nan], [9, np.nan, np.nan]])
    np.testing.assert_array_equal(mean_root(values), [2, 2, np.nan])
