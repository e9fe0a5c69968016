from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.effects.thresholds import RULES, Thresholds


def test_every_constant_says_what_it_is() -> None:
    about = Thresholds.__doc__ or ""
    assert all(f"        {field.name}: " in about for field in fields(RULES))


def test_values_without_a_meaning_are_refused() -> None:
    wrong: dict[str, Any] = {"mostly": 0.4, "least_loss": 0.0, "times": 0, "band": 0.0}
    for name, value in wrong.items():
        with pytest.raises(InputError, match=name):
            Thresholds(**{name: value})
