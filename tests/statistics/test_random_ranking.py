from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from phenolens.statistics.random_ranking import Chance, average_precision_of, expected


def test_every_order_where_they_are_few() -> None:
    """Two positives among five: C(5, 2) = 10 orders, written out."""
    chance = Chance.of(2, 5, 10, seed=0)
    assert chance.exact
    every = []
    for order in set(permutations([1, 1, 0, 0, 0])):
        found = [sum(order[: i + 1]) / (i + 1) for i in range(5) if order[i]]
        every.append(sum(found) / 2)
    np.testing.assert_allclose(np.sort(chance.values), np.sort(every))
    # Both first: one order of ten. copairs 0.5.5 counts only what is greater: 1 / (1 + draws).
    np.testing.assert_allclose(chance.p(np.array([1.0, min(every)])), [0.1, 1.0])


@pytest.mark.parametrize(("m", "total"), [(1, 1), (1, 9), (2, 40), (5, 9), (9, 9)])
def test_the_mean_is_known_exactly(m: int, total: int) -> None:
    chance = Chance.of(m, total, 10_000, seed=0)
    assert chance.exact
    wanted = chance.values.mean()
    assert expected(np.array([m]), np.array([total]))[0] == pytest.approx(wanted)


@pytest.mark.parametrize(("m", "total"), [(3, 60), (12, 24), (25, 30)])
def test_drawn_orders_are_as_likely_as_all_orders(m: int, total: int) -> None:
    """Few positives are drawn place by place, many are met walking down: both without a bias."""
    chance = Chance.of(m, total, 20_000, seed=3)
    assert not chance.exact
    rng = np.random.default_rng(1)
    shuffled = rng.permuted(np.tile(np.arange(total) < m, (20_000, 1)), axis=1)
    places = np.argwhere(shuffled)[:, 1].reshape(-1, m) + 1
    peer = average_precision_of(places)
    error = peer.std() / np.sqrt(20_000)
    wanted = expected(np.array([m]), np.array([total]))[0]
    assert chance.values.mean() == pytest.approx(wanted, abs=4 * error)
    for share in (0.05, 0.5, 0.95):
        bar = np.quantile(peer, share)
        assert np.mean(chance.values <= bar) == pytest.approx(np.mean(peer <= bar), abs=0.02)


def test_a_drawn_p_is_never_zero() -> None:
    chance = Chance.of(3, 60, 999, seed=0)
    p = chance.p(np.array([1.1, 0.0]))
    np.testing.assert_allclose(p, [1 / 1000, 1.0])


def test_what_is_drawn_hangs_on_counts_and_seed_alone() -> None:
    one, two = Chance.of(3, 60, 100, seed=0), Chance.of(3, 60, 100, seed=0)
    np.testing.assert_array_equal(one.values, two.values)
    assert (one.values != Chance.of(3, 60, 100, seed=1).values).any()
    rng = np.random.default_rng(0)
    assert one.draw(100, rng) is one.values
    assert set(Chance.of(1, 3, 100, seed=0).draw(50, rng)) == {1.0, 0.5, 1 / 3}
