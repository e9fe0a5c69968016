"""Ranges of settings, checked in the constructors: before anything is read or computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

from phenolens.core.errors import InputError

# More than any screen, image or table has, and few enough to be counted: the bound of a number
# that memory or time is spent on, where nothing else bounds it.
MANY = 10**6
LARGEST_SEED = 2**32 - 1  # of scikit-learn and of a recipe
LARGEST_SIDE = 2**16  # of an image, in pixels


def at_least(low: float, /, **settings: object) -> None:
    """Raise where a setting is below `low`, infinite, or not a number.

    Args:
        low: The smallest value that is allowed.
        settings: Name of a setting -> its value.

    Raises:
        InputError: Names the setting, the range and the value.

    Example:
        >>> at_least(1, epochs=3)
        >>> at_least(1, epochs=0)
        Traceback (most recent call last):
        phenolens.core.errors.InputError: epochs: must be at least 1, got 0
    """
    _check(settings, f"at least {_text(low)}", lambda value: low <= value < math.inf)


def above(low: float, high: float = math.inf, /, **settings: object) -> None:
    """Raise where a setting is `low` or below, above `high`, infinite, or not a number.

    Raises:
        InputError: As `at_least`.

    Example:
        >>> above(0, 1, share=0.0)
        Traceback (most recent call last):
        phenolens.core.errors.InputError: share: must be above 0 and at most 1, got 0.0
    """
    most = f" and at most {_text(high)}" if high < math.inf else ""
    _check(settings, f"above {_text(low)}{most}", lambda value: low < value <= high)


def below(low: float, high: float, /, **settings: object) -> None:
    """Raise where a setting is below `low`, or is `high` or above, or not a number.

    Raises:
        InputError: As `at_least`.

    Example:
        >>> below(0, 1, momentum=1.0)
        Traceback (most recent call last):
        phenolens.core.errors.InputError: momentum: must be at least 0 and below 1, got 1.0
    """
    _check(
        settings,
        f"at least {_text(low)} and below {_text(high)}",
        lambda value: low <= value < high,
    )


def within(low: float, high: float, /, **settings: object) -> None:
    """Raise where a setting is `low` or below, `high` or above, or not a number.

    Raises:
        InputError: As `at_least`.

    Example:
        >>> within(0, 1, quantile=1.0)
        Traceback (most recent call last):
        phenolens.core.errors.InputError: quantile: must be above 0 and below 1, got 1.0
    """
    range_ = f"above {_text(low)} and below {_text(high)}"
    _check(settings, range_, lambda value: low < value < high)


def between(low: float, high: float, /, **settings: object) -> None:
    """Raise where a setting is below `low`, above `high`, or not a number.

    Raises:
        InputError: As `at_least`.

    Example:
        >>> between(0, 1, share=float("nan"))
        Traceback (most recent call last):
        phenolens.core.errors.InputError: share: must be from 0 to 1, got nan
    """
    _check(settings, f"from {_text(low)} to {_text(high)}", lambda value: low <= value <= high)


def finite(**settings: object) -> None:
    """Raise where a setting is infinite or not a number.

    Raises:
        InputError: As `at_least`.
    """
    _check(settings, "finite", math.isfinite)


def _text(number: float) -> str:
    """Return a number as a reader takes it in: 1000000, not 1e+06."""
    return str(number) if isinstance(number, int) else f"{number:g}"


def _float(value: Real) -> float:
    """Return a number as a float; a whole number beyond them all is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _check(settings: dict[str, object], range_: str, fits: Callable[[float], bool]) -> None:
    for name, value in settings.items():
        # NumPy's numbers are Real as well; a bool is one to Python, and to no user.
        if isinstance(value, bool) or not isinstance(value, Real):
            kind = type(value).__name__
            raise InputError(f"expected a number, got {value!r} ({kind})", where=name)
        if not (math.isfinite(number := _float(value)) and fits(number)):
            raise InputError(f"must be {range_}, got {value}", where=name)
