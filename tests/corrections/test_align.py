from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from phenolens.core.errors import InputError
from phenolens.corrections.align import Target, power, refuse_few


def moment(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(9, 4))
    return x.T @ x / 9


def test_power_is_scipys() -> None:
    C = moment(0)
    for exponent in (0.5, -0.5):
        np.testing.assert_allclose(
            power(C, 0.3, exponent), linalg.fractional_matrix_power(C + 0.3 * np.eye(4), exponent)
        )


def test_the_map_brings_one_moment_to_the_other() -> None:
    source, target = moment(1), Target.of(moment(2), 0.5)
    A = target.map_from(source)
    made = A.T @ source @ A
    np.testing.assert_allclose(made + 0.5 * A.T @ A, target.C_t + 0.5 * np.eye(4))
    assert target.miss(made, A) < 1e-12
    assert target.miss(made + 0.1, A) == pytest.approx(0.1 / max(1, np.abs(target.C_t).max()))


def test_a_moment_is_mapped_to_itself_by_the_identity() -> None:
    np.testing.assert_allclose(Target.of(moment(1), 1.0).map_from(moment(1)), np.eye(4), atol=1e-12)


def test_too_few_are_named() -> None:
    assert len(refuse_few(np.zeros((2, 3)), "batch=w1", "coral")) == 2
    with pytest.raises(InputError, match=r"coral needs at least 2 .* batch=w1 has 1"):
        refuse_few(np.zeros((1, 3)), "batch=w1", "coral")
