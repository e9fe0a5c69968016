"""Robust limits by hand, and on the image quality of four real plates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.quality.thresholds import below_gap, direction, far, limits


def test_limits_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0, np.nan])
    assert limits(values, 2.0) == (1.0, 5.0)  # median 3, absolute deviations 2 1 0 1 97
    low, high = far(values, 2.0)
    assert (low.sum(), high.tolist()) == (0, [False] * 4 + [True, False])
    assert limits(np.array([np.nan]), 2.0) == (-np.inf, np.inf)


def test_equal_images_are_not_flagged_for_a_hair() -> None:
    values = np.array([1.0] * 9 + [1.01])
    assert far(values, 5.0)[1].tolist() == [False] * 9 + [True]
    assert not far(values, 5.0, least=0.1)[1].any()


@pytest.mark.parametrize(
    ("plate", "below", "above", "saturated"),
    [
        ("Plate_3", 30, 17, 262),
        ("Plate_3_prime", 31, 28, 184),
        ("Plate_4", 6, 11, 113),
        ("Plate_5", 12, 13, 25),
    ],
)
def test_on_four_plates_they_are_those_of_the_readme(
    data_dir: Path, plate: str, below: int, above: int, saturated: int
) -> None:
    """NF1: DAPI's PowerLogLogSlope beyond 4 sd by the MAD; PercentMaximal above 0.25."""
    table = pd.read_csv(data_dir / "nf1-image-qc" / f"{plate}_image_quality.csv.gz")
    low, high = far(table["ImageQuality_PowerLogLogSlope_OrigDAPI"].to_numpy(), 4.0)
    assert (low.sum(), high.sum()) == (below, above)
    assert (table["ImageQuality_PercentMaximal_OrigDAPI"] > 0.25).sum() == saturated


def test_a_gap_separates_two_groups_also_where_most_are_low() -> None:
    rng = np.random.default_rng(0)
    low, high = rng.normal(-4.5, 0.04, 14), rng.normal(-2.7, 0.2, 6)
    values = np.append(np.concatenate([low, high]), np.nan)
    assert below_gap(values).tolist() == [True] * 14 + [False] * 7
    assert not below_gap(rng.normal(0, 0.5, 500)).any()
    assert not below_gap(np.zeros(9)).any()


def test_a_few_very_sharp_images_do_not_condemn_the_plate() -> None:
    rng = np.random.default_rng(0)
    plate = rng.normal(-3, 0.1, 60)
    for few in (1, 3, 6):  # 6 of 66 are not a tenth
        assert not below_gap(np.append(plate, [0.0] * few)).any()
    assert below_gap(np.append(plate, [0.0] * 7)).tolist() == [True] * 60 + [False] * 7
    small = np.array([-3.0, -3.0, -3.0, -3.0, -3.0])
    assert not below_gap(np.append(small, [0.0] * 2)).any()  # less than three images
    assert below_gap(np.append(small, [0.0] * 4)).sum() == 5


def test_one_very_sharp_image_does_not_hide_a_gap() -> None:
    values = np.concatenate([np.full(14, -4.5), np.full(6, -2.7), [-0.5]])
    assert below_gap(values).tolist() == [True] * 14 + [False] * 7


def test_the_direction_of_the_slope_is_learned_from_the_plate() -> None:
    rng = np.random.default_rng(0)
    sharp = rng.normal(size=50)
    assert direction(2 * sharp + rng.normal(0, 0.1, 50), sharp) == 1
    assert direction(-sharp, sharp) == -1
    assert direction(rng.normal(size=50), sharp) == 0
    assert direction(np.zeros(50), sharp) == 0
    # Ties share their rank: in the order of the rows the correlation would be 0.09.
    assert direction(np.array([0.0, 0, 0, 0, 0, -1]), np.array([1.0, 2, 3, 4, 5, 6])) == -1
    assert direction(sharp[:3], sharp[:3]) == 0
