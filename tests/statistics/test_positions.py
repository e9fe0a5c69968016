from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from phenolens.statistics.positions import position_effects


def screen(seed: int, *, edge: float = 0.0, row: float = 0.0) -> tuple[np.ndarray, ...]:
    """Four plates of 96 wells, 24 treatments at random places; effects of plate and treatment."""
    generator = np.random.default_rng(seed)
    r, c = np.divmod(np.tile(np.arange(96), 4), 12)
    plate = np.repeat(np.arange(4), 96)
    treatment = np.concatenate([generator.permutation(np.arange(96) % 24) for _ in range(4)])
    at = (r == 0) | (r == 7) | (c == 0) | (c == 11)
    y = generator.normal(size=384) + 5 * plate + 3.0 * generator.normal(size=24)[treatment]
    return y + edge * at + row * r, plate, treatment, r, c, at


def by_hand(y: np.ndarray, terms: list[np.ndarray], more: np.ndarray) -> tuple[float, ...]:
    """Return slope, residual SD, F and p of a term that is added, by ordinary least squares."""
    base = np.concatenate([(t[:, None] == np.unique(t)).astype(float) for t in terms], axis=1)
    full = np.concatenate([base, more], axis=1)
    fit, *_ = np.linalg.lstsq(full, y, rcond=None)
    rss = [float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum()) for x in (base, full)]
    rank = [int(np.linalg.matrix_rank(x)) for x in (base, full)]
    freed, freedom = rank[1] - rank[0], len(y) - rank[1]
    ratio = (rss[0] - rss[1]) / freed / (rss[1] / freedom)
    return (
        float(fit[-1]),
        (rss[1] / freedom) ** 0.5,
        ratio,
        float(stats.f.sf(ratio, freed, freedom)),
    )


def test_the_effects_are_those_of_least_squares_with_all_terms() -> None:
    y, plate, treatment, r, c, at = screen(0, edge=0.4, row=0.1)
    one = position_effects(y[:, None], plate, treatment, r, c, at)[0]
    slope, sd, _, p = by_hand(y, [plate, treatment], at[:, None].astype(float))
    assert one.edge == pytest.approx(slope / sd, rel=1e-6)
    assert one.edge_p == pytest.approx(p, rel=1e-6), "a t squared is an F"
    for found, code in ((one.row_p, r), (one.column_p, c)):
        terms = (code[:, None] == np.unique(code)).astype(float)
        assert found == pytest.approx(by_hand(y, [plate, treatment], terms)[3], rel=1e-6)


def test_without_an_effect_p_is_even() -> None:
    """120 screens of noise: each p below 0.1 about one time in ten."""
    small = np.zeros(3)
    for seed in range(120):
        y, *places = screen(seed)
        one = position_effects(y[:, None], *places)[0]
        small += np.array([one.edge_p, one.row_p, one.column_p]) < 0.1
    low, high = stats.binom.ppf([0.001, 0.999], 120, 0.1)
    assert (small >= low).all()
    assert (small <= high).all()


def test_treatments_that_keep_their_wells_leave_the_controls_to_tell() -> None:
    generator = np.random.default_rng(3)
    r, c = np.divmod(np.tile(np.arange(96), 3), 12)
    plate, at = np.repeat(np.arange(3), 96), (r == 0)
    fixed = np.tile(np.arange(96), 3)
    y = (generator.normal(size=288) + 9 * at)[:, None]
    alone = position_effects(y, plate, fixed, r, c, at)[0]
    assert np.isnan(alone.edge)
    assert np.isnan(alone.row_p)
    assert alone.least_p == 1
    controls = np.where(c == 5, 0, fixed + 1)
    assert position_effects(y, plate, controls, r, c, at)[0].edge > 5


def test_missing_values_are_left_out_of_their_own_column_only() -> None:
    y, plate, treatment, r, c, at = screen(1, edge=1.0)
    holes = y.copy()
    holes[::7] = np.nan
    both = position_effects(np.stack([y, holes], axis=1), plate, treatment, r, c, at)
    rows = np.isfinite(holes)
    alone = position_effects(
        y[rows, None], plate[rows], treatment[rows], r[rows], c[rows], at[rows]
    )[0]
    assert both[0].wells == 384
    assert both[1].edge == pytest.approx(alone.edge)
    constant = position_effects(np.ones((384, 1)), plate, treatment, r, c, at)[0]
    assert np.isnan(constant.edge_p)
