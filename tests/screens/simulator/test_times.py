from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.simulator.times import check_times, tick


def test_rising_hours_from_the_day_before_the_drug() -> None:
    check_times(())
    check_times((-24, -4.0, 0, 0.25, 72.0))
    assert [tick(h) for h in (-24.0, -23.5, 0.0)] == [0, 1800, 86400]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ((0.0, 4.0, 4.0), "times: 4 does not come after 4"),
        ((0.0, -2.0), "times: -2 does not come after 0"),
        ((-30.0,), r"times\[0\]: must be from -24 to 336, got -30"),
        ((0.0, float("nan")), r"times\[1\]: must be from -24 to 336, got nan"),
        (("4h",), r"times\[0\]: expected a number, got '4h'"),
    ],
)
def test_other_times_are_refused_by_name(times: tuple[float, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_times(times)
