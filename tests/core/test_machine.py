"""Machine settings are counts from 1."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine


@pytest.mark.parametrize("name", ["threads", "embed_batch_size", "checkpoint_every", "log_every"])
def test_counts_begin_at_one(name: str) -> None:
    one: dict[str, Any] = {name: 1}
    zero: dict[str, Any] = {name: 0}
    assert getattr(Machine(**one), name) == 1
    with pytest.raises(InputError, match=f"{name} must be at least 1, got 0"):
        Machine(**zero)
