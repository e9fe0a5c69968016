"""Machine settings are counts from 1."""

from __future__ import annotations

import pytest

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine


@pytest.mark.parametrize("name", ["threads", "embed_batch_size", "checkpoint_every", "log_every"])
def test_counts_begin_at_one(name: str) -> None:
    one, none = ({name: count} for count in (1, 0))
    assert getattr(construct(Machine, one, "machine"), name) == 1
    with pytest.raises(
        InputError, match=rf"machine\.{name}: must be (at least 1|from 1 to \d+), got 0"
    ):
        construct(Machine, none, "machine")
