from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.subtract_before import SubtractBefore

HOURS = (-4.0, -2.0, 0.0, 6.0)


def curves(seed: int = 0) -> Profiles:
    """Return three wells over time, each with an offset of its own."""
    rows = [
        {"plate": "p1", "well": well, "compound": drug, "control": drug == "DMSO", "time": hour}
        for well, drug in (("A01", "DMSO"), ("A02", "DMSO"), ("B01", "taxol"))
        for hour in HOURS
    ]
    meta = pd.DataFrame(rows)
    offset = np.repeat([5.0, -3.0, 40.0], len(HOURS))[:, None]
    moved = np.tile(HOURS, 3)[:, None] * np.array([1.0, 0.5])
    noise = np.random.default_rng(seed).normal(size=(len(meta), 2))
    return Profiles(meta=meta, features=offset + moved + noise)


def test_every_curve_is_compared_with_its_own_frames() -> None:
    given = curves()
    made = SubtractBefore()(given)
    x = given.features.astype(np.float64).reshape(3, 4, 2)
    expected = x - (x[:, :1] + x[:, 1:2]) / 2
    np.testing.assert_allclose(made.features.reshape(3, 4, 2), expected, atol=1e-5)
    facts = made.provenance[-1]["facts"]
    assert facts == {
        "curves": 3,
        "curves_without_values": 0,
        "fewest_frames": 2,
        "most_frames": 2,
    }


def test_a_frame_at_zero_counts_where_it_is_before() -> None:
    made = SubtractBefore(zero_is_before=True)(curves()).features.reshape(3, 4, 2)
    np.testing.assert_allclose(made[:, :3].mean(axis=1), 0, atol=1e-5)


def test_a_missing_value_has_no_part_in_the_mean() -> None:
    given = curves()
    features = given.features.copy()
    features[0, 1] = np.nan
    made = SubtractBefore()(dataclasses.replace(given, features=features))
    assert np.isnan(made.features[0, 1])
    # Its other feature is a difference as in every row: no row keeps its own offset.
    assert made.features[0, 0] == pytest.approx(features[0, 0] - features[1, 0], abs=1e-5)
    expected = features[3].astype(np.float64) - features[1].astype(np.float64)
    np.testing.assert_allclose(made.features[3], expected, atol=1e-5)


def test_a_curve_without_a_whole_row_has_no_values() -> None:
    given = curves()
    features = given.features.copy()
    features[:4, 0] = np.nan
    made = SubtractBefore()(dataclasses.replace(given, features=features))
    assert np.isnan(made.features[:4]).all()
    assert np.isfinite(made.features[4:]).all()
    assert made.provenance[-1]["facts"]["curves_without_values"] == 1


def test_a_curve_without_a_frame_before_is_named() -> None:
    given = curves()
    late = given.take(~((given.meta["well"] == "B01") & (given.meta["time"] < 0)).to_numpy())
    with pytest.raises(InputError, match=r"well B01.*has no frame before the drug was added"):
        SubtractBefore()(late)


def test_the_fitted_step_is_the_step() -> None:
    step = SubtractBefore()
    assert step.fit(curves()) is step
