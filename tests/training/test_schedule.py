"""Schedules against their published forms: DINO's in numpy, steps in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phenolens.training.schedule import constant, cosine, stepwise


def published(steps: int, base: float, final: float, warmup: int) -> np.ndarray:
    """DINO's `cosine_scheduler` (Caron et al. 2021), as its documentation describes it."""
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


def test_steps_are_those_of_torch() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.3)
    theirs = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[4, 7, 8], gamma=0.2)
    for step in range(12):
        ours = stepwise(step, 0.3, (4, 7, 8), 0.2)
        assert ours == pytest.approx(theirs.get_last_lr()[0], rel=1e-12)
        optimizer.step()
        theirs.step()


def test_all_rise_alike() -> None:
    rise = [cosine(step, 20, 0.6, 0.0, warmup=4) for step in range(4)]
    assert [constant(step, 0.6, warmup=4) for step in range(6)] == [*rise, 0.6, 0.6]
    assert [stepwise(step, 0.6, (5,), 0.1, warmup=4) for step in range(4)] == rise
    after = [stepwise(step, 0.6, (5,), 0.1, warmup=4) for step in (4, 5)]
    assert after == pytest.approx([0.6, 0.06])
    # A milestone within the rise counts from its end on.
    assert stepwise(4, 0.6, (2,), 0.1, warmup=4) == pytest.approx(0.06)
