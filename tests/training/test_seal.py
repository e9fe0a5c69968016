"""A checksum of values: the same for the same values, another for any other."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
import torch

from phenolens.training.seal import seal

STATE: dict[str, Any] = {
    "step": 3,
    "rate": 0.1,
    "betas": (0.9, 0.999),
    "none": None,
    "method": {"w": torch.arange(6.0).reshape(2, 3), "half": torch.ones(2, dtype=torch.bfloat16)},
}


def test_the_storage_does_not_count() -> None:
    wide = torch.zeros(2, 6)
    wide[:, ::2] = STATE["method"]["w"]
    method = OrderedDict(w=wide[:, ::2], half=STATE["method"]["half"].clone())
    assert seal({**STATE, "method": method}) == seal(STATE)


@pytest.mark.parametrize(
    "change",
    [
        {"step": 4},
        {"step": 3.0},
        {"step": True},
        {"betas": [0.9, 0.999]},
        {"none": "None"},
        {"more": 1},
        {"method": {**STATE["method"], "w": torch.arange(6.0)}},
        {"method": {**STATE["method"], "w": torch.arange(6).reshape(2, 3)}},
        {
            "method": {
                **STATE["method"],
                "w": torch.arange(6.0).reshape(2, 3).nextafter(torch.ones(1)),
            }
        },
        {"method": dict(reversed(STATE["method"].items()))},
    ],
)
def test_everything_else_counts(change: dict[str, Any]) -> None:
    assert seal({**STATE, **change}) != seal(STATE)


def test_tensors_without_values_or_dimensions() -> None:
    assert len({seal(torch.tensor(1.0)), seal(torch.ones(1)), seal(torch.ones(0))}) == 3
