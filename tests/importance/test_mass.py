from __future__ import annotations

import numpy as np
import pytest

from phenolens.importance.mass import areas, mass


def test_mass_and_area_by_hand() -> None:
    labels = np.zeros((4, 4), dtype=np.uint8)
    labels[:2, :2] = 2  # one of four patches is nucleus
    labels[:2, 2] = 1  # half of another is cytoplasm
    np.testing.assert_allclose(areas(labels, (2, 2))[1], [[0.0, 0.5], [0.0, 0.0]])
    found, chance = mass(np.array([[2.0, 1.0], [1.0, 0.0]]), labels)
    assert found == pytest.approx({"nucleus": 0.5, "cytoplasm": 0.125, "background": 0.375})
    assert chance == pytest.approx({"nucleus": 0.25, "cytoplasm": 0.125, "background": 0.625})


def test_an_even_map_is_at_chance() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (8, 8)).astype(np.uint8)
    found, chance = mass(np.full((4, 4), 0.1), labels)
    assert found == pytest.approx(chance)
