from __future__ import annotations

import numpy as np
from scipy import stats

from phenolens.screens.simulator.per_cell import (
    Draw,
    daughters,
    gammas,
    generator,
    normals,
    uniforms,
)

CELLS = np.arange(4000, dtype=np.uint64)


def test_numbers_are_even_and_independent_of_each_other() -> None:
    chance = uniforms(CELLS, Draw.SIZE, 3)
    assert chance.shape == (4000, 3)
    for numbers in chance.T:
        assert stats.kstest(numbers, "uniform").pvalue > 1e-3
    other = uniforms(CELLS, Draw.SHAPE, 1)[:, 0]
    together = np.corrcoef(np.column_stack([chance, other, np.roll(other, 1)]).T)
    assert np.abs(together - np.eye(5)).max() < 0.06
    assert stats.kstest(normals(CELLS, Draw.SIZE, 1)[:, 0], "norm").pvalue > 1e-3


def test_a_cell_has_its_numbers_whoever_else_is_there() -> None:
    some = np.array([17, 3, 2**63 + 5], dtype=np.uint64)
    alone = np.concatenate([uniforms(some[k : k + 1], Draw.STATE, 4) for k in range(3)])
    np.testing.assert_array_equal(uniforms(some, Draw.STATE, 4), alone)
    np.testing.assert_array_equal(uniforms(some, Draw.STATE, 2), alone[:, :2])
    assert generator(17, Draw.OUTLINE).random() == generator(17, Draw.OUTLINE).random()
    assert generator(17, Draw.OUTLINE).random() != generator(3, Draw.OUTLINE).random()


def test_daughters_are_new_cells() -> None:
    one, other = daughters(CELLS)
    assert len(set(np.concatenate([CELLS, one, other]).tolist())) == 3 * 4000


def test_gamma_numbers_have_their_distribution() -> None:
    chance = uniforms(CELLS, Draw.CYCLE, 1)[:, 0]
    for shape in (3.0, 25.0):
        exact = stats.gamma.ppf(chance, shape, scale=1 / shape)
        inner = (chance > 2e-3) & (chance < 1 - 2e-3)
        np.testing.assert_allclose(gammas(chance, shape)[inner], exact[inner], rtol=5e-3)
