from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.corrections.axes import PrincipalAxes


def rows(n: int, d: int) -> np.ndarray:
    x = np.random.default_rng(3).normal(size=(n, d)) * np.arange(1, d + 1)
    return x - x.mean(axis=0)


@pytest.mark.parametrize(("n", "d"), [(40, 7), (7, 40)])
def test_against_a_singular_value_decomposition(n: int, d: int) -> None:
    x = rows(n, d)
    axes = PrincipalAxes.of(x, "sphere", size=float(np.abs(x).max()), ddof=1)
    k = min(n - 1, d)
    _, s, Vt = np.linalg.svd(x)
    np.testing.assert_allclose(axes.S, s[:k] ** 2 / (n - 1))
    np.testing.assert_allclose(np.abs(np.sum(axes.V * Vt[:k].T, axis=0)), 1)
    assert (axes.V[np.abs(axes.V).argmax(axis=0), np.arange(k)] > 0).all()


def test_completed_to_a_basis() -> None:
    x = rows(7, 12)
    axes = PrincipalAxes.of(x, "sphere", size=10.0).completed()
    np.testing.assert_allclose(axes.V.T @ axes.V, np.eye(12), atol=1e-12)
    np.testing.assert_array_equal(axes.S[6:], np.zeros(6))
    np.testing.assert_allclose(x @ axes.V[:, 6:], np.zeros((7, 6)), atol=1e-12)
    whole = PrincipalAxes.of(rows(40, 5), "sphere", size=10.0)
    assert whole.completed() is whole


def test_rows_that_do_not_vary() -> None:
    with pytest.raises(InputError, match="tvn: the rows to fit on do not vary"):
        PrincipalAxes.of(np.zeros((5, 3)), "tvn", size=1.0)


def test_the_order_of_rows_decides_no_sign() -> None:
    """Two features of one variance: both weights of each axis are 0.707 but for rounding."""
    rng = np.random.default_rng(1)
    u = rng.normal(size=24)
    x = np.stack([u, rng.permutation(u)], axis=1)
    x -= x.mean(axis=0)
    for _ in range(50):
        V = PrincipalAxes.of(x[rng.permutation(len(x))], "tvn", size=10.0).V
        assert (V[0] > 0).all()
