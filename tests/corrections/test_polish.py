from __future__ import annotations

import numpy as np

from phenolens.corrections.polish import median_polish


def test_the_example_of_r() -> None:
    """Deaths from sport parachuting (Tukey 1977, p. 224), as `example(medpolish)` prints it."""
    deaths = np.array([[14, 15, 14], [7, 4, 7], [8, 2, 10], [15, 9, 10], [0, 2, 0]], dtype=float)
    rows, columns = median_polish(deaths[:, :, None], np.ones((5, 3), dtype=bool))
    np.testing.assert_array_equal(rows[:, 0], [6, -1, 0, 2, -8])
    np.testing.assert_array_equal(columns[:, 0], [0, -1, 0])
    left = deaths - 8 - rows - columns[:, 0]
    np.testing.assert_array_equal(left, [[0, 2, 0], [0, -2, 0], [0, -5, 2], [5, 0, 0], [0, 3, 0]])
    assert np.abs(left).sum() == 19


def slow(x: np.ndarray, sweeps: int) -> np.ndarray:
    """Residuals, cell by cell; NaN is not there."""
    left = [[float(v) for v in row] for row in x]
    for _ in range(sweeps):
        for row in left:
            middle = float(np.median([v for v in row if v == v]))
            row[:] = [v - middle for v in row]
        for j in range(len(left[0])):
            middle = float(np.median([row[j] for row in left if row[j] == row[j]]))
            for row in left:
                row[j] -= middle
    return np.array(left)


def test_against_a_slow_twin_with_wells_absent() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 5)) + np.arange(6)[:, None] - 3 * np.arange(5)
    known = rng.random((6, 5)) > 0.2
    known[2] = known[:, 3] = True
    rows, columns = median_polish(x[:, :, None], known)
    ours = x - rows[:, 0, None] - columns[:, 0]
    theirs = slow(np.where(known, x, np.nan), 20)
    away = (ours - theirs)[known]
    np.testing.assert_allclose(away, away[0], atol=1e-4)  # the level of the plate stays in ours


def test_strong_wells_do_not_move_it() -> None:
    clean = np.arange(8)[:, None] + 2.0 * np.arange(6)
    dirty = clean.copy()
    dirty[[0, 3, 5], [1, 4, 2]] += 1000
    known = np.ones((8, 6), dtype=bool)
    for some in (clean, dirty):
        rows, columns = median_polish(some[:, :, None], known)
        np.testing.assert_allclose(rows[:, 0], np.arange(8) - 3.5)
        np.testing.assert_allclose(columns[:, 0], 2.0 * np.arange(6) - 5)
