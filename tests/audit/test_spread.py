from __future__ import annotations

import numpy as np
import pytest

from phenolens.audit.spread import spread, spread_in_plates


def by_hand(x: np.ndarray, codes: np.ndarray) -> float:
    """The ratio of one feature, in loops over groups."""
    groups = [x[codes == g] for g in np.unique(codes[codes >= 0])]
    centres = [float(np.mean(group)) for group in groups]
    within = []
    for group, centre in zip(groups, centres, strict=True):
        m = len(group)
        if m > 1:
            within.append(sum(abs(v - centre) for v in group) / m * (m / (m - 1)) ** 0.5)
    middle = np.median(centres)
    return float(np.quantile(within, 0.9) / np.median([abs(c - middle) for c in centres]))


def test_the_ratio_is_that_of_the_loops() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(-1, 9, 80)
    x = rng.normal(size=(80, 3)) + codes[:, None]
    seen = spread(x, codes)
    assert seen.ratio == pytest.approx([by_hand(x[:, k], codes) for k in range(3)])
    known = codes[codes >= 0]
    assert seen.repeats == len(known) - len(np.unique(known))
    assert seen.groups == (np.bincount(known) > 1).sum()


def test_a_code_of_any_order_and_scale_has_ratio_zero_and_a_constant_is_none() -> None:
    codes = np.repeat(np.arange(10), 4)
    value = np.random.default_rng(1).permutation(10)[codes] * -0.37 + 5
    seen = spread(np.column_stack([value, np.ones(40), np.arange(40.0)]), codes)
    assert seen.ratio[0] == pytest.approx(0, abs=1e-12)
    assert seen.constant.tolist() == [True, False, False]
    assert np.isnan(seen.ratio[1])


def test_a_few_extreme_groups_do_not_look_like_a_code() -> None:
    """Explained variance would be 0.999 here; nine of ten groups are noise."""
    rng = np.random.default_rng(2)
    codes = np.repeat(np.arange(10), 5)
    x = rng.normal(size=50) + 200.0 * (codes == 3)
    centre = np.array([x[codes == g].mean() for g in range(10)])[codes]
    assert ((centre - x.mean()) ** 2).sum() / ((x - x.mean()) ** 2).sum() > 0.999
    assert spread(x[:, None], codes).ratio[0] > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_a_code_rescaled_on_every_plate_is_still_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plate, codes = np.repeat(np.arange(5), 16), np.tile(np.repeat(np.arange(8), 2), 5)
    shift, scale = 9 * rng.normal(size=5)[plate], rng.uniform(0.2, 4, 5)[plate]
    code = rng.permutation(8)[codes] ** 1.5
    real = code + 2 * rng.normal(size=len(codes))
    x = np.column_stack([code, real, code + 0.05 * rng.normal(size=len(codes))])
    seen = spread_in_plates(x * scale[:, None] + shift[:, None], codes, plate)
    assert seen.ratio[0] < 1e-9
    assert seen.ratio[1] > 0.2
    assert 1e-4 < seen.ratio[2] < 0.05
    assert seen.constant.tolist() == [True, False, False]
    assert seen.repeats == 10 * (8 - 2)  # ten pairs of plates, two parameters a line
    assert spread(x * scale[:, None] + shift[:, None], codes).ratio[0] > 0.1


def test_plates_that_share_too_little_say_nothing() -> None:
    codes, plate = np.arange(12), np.repeat(np.arange(3), 4)
    seen = spread_in_plates(np.random.default_rng(0).normal(size=(12, 2)), codes, plate)
    assert seen.repeats == 0
    assert np.isnan(seen.ratio).all()
