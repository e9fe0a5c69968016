"""Counts start at one."""

from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.training.settings import Training


@pytest.mark.parametrize("name", ["epochs", "batch_size", "checkpoint_every", "log_every"])
def test_counts_start_at_one(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} must be at least 1, got 0"):
        Training(**{name: 0})  # type: ignore[arg-type]
    assert getattr(Training(**{name: 1}), name) == 1  # type: ignore[arg-type]
