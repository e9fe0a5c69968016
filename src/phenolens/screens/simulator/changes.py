"""How a treatment or a culture moves named parameters: amounts by factors, shares to values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from phenolens.core.errors import InputError, nearest

HIGHEST_SHARE = 0.95


def moved(
    now: Mapping[str, float],
    changes: Mapping[str, float],
    effect: float,
    shares: Collection[str],
) -> dict[str, float]:
    """Return the parameters that change, after a share of the changes has happened.

    Args:
        now: Parameter -> value before; more may be in it than changes.
        changes: Parameter -> the factor it is multiplied by at full effect; for a share the value
            it reaches at full effect.
        effect: 0 leaves everything as it is, 1 is the full change.
        shares: Parameters that are shares of something, in [0, 1].

    Raises:
        InputError: A change names no parameter.

    Example:
        >>> moved({"area": 640.0, "dead": 0.25}, {"area": 4.0, "dead": 0.75}, 0.5, {"dead"})
        {'area': 1280.0, 'dead': 0.5}
    """
    values: dict[str, float] = {}
    for name, amount in changes.items():
        if name not in now:
            raise InputError(f"no parameter '{name}'", fix=nearest(name, now))
        if name in shares:
            values[name] = min(max(now[name] + effect * (amount - now[name]), 0.0), HIGHEST_SHARE)
        else:
            values[name] = now[name] * amount**effect
    return values
