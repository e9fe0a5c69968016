from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.bands import _quantiles, bootstrap_bands
from phenolens.trajectories.departures import Departures, departures
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.references import Matched


def far_from_controls(
    profiles: Profiles, distance: TimeDistance, farthest: float = 0
) -> Departures:
    return departures(profiles, Matched.of(profiles, (), farthest, "test"), distance, "test")


def rows(levels: dict[str, tuple[str, float]]) -> list[Any]:
    return [(w, c, float(t), [v]) for w, (c, v) in levels.items() for t in range(2)]


def test_curves_are_drawn_whole_from_replicates_and_from_controls(table: Any) -> None:
    """Controls at 0 and 4 have means 0, 2 and 4; replicates at 13 and 13 differ by these alone."""
    made = table(rows({"A1": ("DMSO", 0.0), "A2": ("DMSO", 4.0), "B1": ("x", 13.0)}))
    far = far_from_controls(made, "euclidean")
    members = [np.array([2])]
    low, high = bootstrap_bands(made.features, far, members, "euclidean", 60, 0)
    np.testing.assert_allclose([low[0], high[0]], [[9, 9], [13, 13]], rtol=1e-6)
    still = table(
        rows({"A1": ("DMSO", 4.0), "A2": ("DMSO", 4.0), "B1": ("x", 5.0), "B2": ("x", 8.0)})
    )
    far = far_from_controls(still, "euclidean")
    low, high = bootstrap_bands(still.features, far, [np.array([2, 3])], "euclidean", 60, 0)
    np.testing.assert_allclose([low[0], high[0]], [[1, 1], [4, 4]], rtol=1e-6)


def test_the_quantiles_are_those_of_the_draws_that_have_a_value() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.random((40, 5, 3)).astype(np.float32)
    drawn[rng.random(drawn.shape) < 0.3] = np.nan
    shares = (0.025, 0.975)
    for own, share in zip(_quantiles(drawn, shares), shares, strict=True):
        np.testing.assert_allclose(own, np.nanquantile(drawn.astype(float), share, axis=0))
    drawn[:, 2, 1] = np.nan
    assert np.isnan(_quantiles(drawn, shares)[:, 2, 1]).all()


def test_more_draws_than_memory_holds_are_refused(table: Any) -> None:
    made = table(rows({"A1": ("DMSO", 0.0), "A2": ("DMSO", 4.0), "B1": ("x", 13.0)}))
    far = far_from_controls(made, "euclidean")
    members = [np.array([2])] * 60_000
    with pytest.raises(InputError, match=r"10000 draws of 60000 treatments.*8947 or fewer"):
        bootstrap_bands(made.features, far, members, "euclidean", 10_000, 0)


def test_a_time_that_a_treatment_lacks_has_no_band(table: Any) -> None:
    given = rows({"A1": ("DMSO", 0.0), "A2": ("DMSO", 4.0), "B1": ("x", 13.0)})[:-1]
    made = table(given)
    far = far_from_controls(made, "euclidean")
    low, high = bootstrap_bands(made.features, far, [np.array([2])], "euclidean", 5, 0)
    assert np.isnan([low[0, 1], high[0, 1]]).all()
    assert np.isfinite([low[0, 0], high[0, 0]]).all()
