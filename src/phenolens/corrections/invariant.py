"""What a step promises about its result, measured on that result."""

from __future__ import annotations

from phenolens.core.errors import InputError


def check_invariant(what: str, error: float, tolerance: float) -> float:
    """Return the measured error of an invariant, if it is within the tolerance.

    Raises:
        InputError: It is not: the input is too badly conditioned for the step.

    Example:
        >>> check_invariant("mean of the controls", 1e-8, 1e-4)
        1e-08
    """
    if not error <= tolerance:  # NaN fails too
        raise InputError(
            f"{what} is off by {error:.3g}, more than {tolerance:g}",
            fix="the features are badly conditioned: standardize them, or regularize more",
        )
    return float(error)
