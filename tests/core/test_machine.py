"""Machine settings are counts from 1."""

from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine


@pytest.mark.parametrize("name", ["threads", "embed_batch_size", "checkpoint_every", "log_every"])
def test_counts_begin_at_one(name: str) -> None:
    assert getattr(Machine(**{name: 1}), name) == 1
    with pytest.raises(InputError, match=f"{name} must be at least 1, got 0"):
        Machine(**{name: 0})
