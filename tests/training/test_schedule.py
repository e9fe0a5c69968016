"""The schedule is DINO's, value by value, and is held against its published form in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.training.schedule import cosine


def published(steps: int, base: float, final: float, warmup: int) -> np.ndarray:
    """DINO's `cosine_scheduler` (Caron et al. 2021), written as its documentation states it."""
    rise = np.linspace(0, base, warmup)
    i = np.arange(steps - warmup)
    fall = final + 0.5 * (base - final) * (1 + np.cos(np.pi * i / len(i)))
    return np.concatenate([rise, fall])


@pytest.mark.parametrize(
    ("steps", "base", "final", "warmup"),
    [(50, 5e-4, 1e-6, 10), (7, 0.04, 0.4, 0), (12, 1.0, 0.0, 1), (5, 2.0, 1.0, 4)],
)
def test_equals_the_published_schedule(steps: int, base: float, final: float, warmup: int) -> None:
    ours = [cosine(step, steps, base, final, warmup=warmup) for step in range(steps)]
    assert ours == pytest.approx(published(steps, base, final, warmup), rel=1e-12, abs=1e-15)


def test_ends_one_step_after_the_last_and_stays_there() -> None:
    assert cosine(4, 5, 1.0, 0.2) > 0.2
    assert cosine(5, 5, 1.0, 0.2) == pytest.approx(0.2)
    assert cosine(9, 5, 1.0, 0.2) == pytest.approx(0.2)


def test_a_warmup_longer_than_training_only_rises() -> None:
    ours = [cosine(step, 3, 1.0, 0.0, warmup=5) for step in range(3)]
    assert ours == pytest.approx([0, 0.25, 0.5])
