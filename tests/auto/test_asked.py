from __future__ import annotations

import pytest

from phenolens.auto.asked import Asked
from phenolens.core.errors import InputError


def test_it_is_plain_for_json() -> None:
    asked = Asked(minutes=2, changes=("training.lr=1e-4",))
    wanted = {"model": "", "minutes": 2, "seed": 0, "changes": ["training.lr=1e-4"]}
    assert asked.plain == wanted


@pytest.mark.parametrize("minutes", [float("nan"), float("inf"), 0, -1])
def test_minutes_are_a_number_above_0(minutes: float) -> None:
    with pytest.raises(InputError, match=r"--minutes: .* is not a number of minutes; give"):
        Asked(minutes=minutes)
