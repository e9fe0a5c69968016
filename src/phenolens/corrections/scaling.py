"""Scaling: every group's rows by the centre and spread of some of them, checked on the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.fitting import FitRows, Fitted
from phenolens.corrections.invariant import check_invariant

Constant = Literal["drop", "zero"]

# A spread below a few units in float32's last place is rounding, not measurement.
_FLAT = 1e-6
_TOLERANCE = 1e-4
_ROWS = 1024  # rows held in float64 at a time


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Centre and spread of some rows, feature by feature.

    Attributes:
        centre: (d,) as the mean.
        spread: (d,) as the standard deviation.
        size: (d,) how large the values are that vary so much: it says what is rounding.
    """

    centre: Float64[np.ndarray, " d"]
    spread: Float64[np.ndarray, " d"]
    size: Float64[np.ndarray, " d"]

    @property
    def flat(self) -> Bool[np.ndarray, " d"]:
        """Where the rows do not vary."""
        return self.spread <= _FLAT * self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a step means by centre and spread.

    Attributes:
        name: The step, for messages.
        centre: What the centre is called, for messages and facts.
        spread: What the spread is called.
        of: Rows -> their centre and spread.
        needed: Fewest rows that have both.
        epsilon: Added to every spread; with any, no feature counts as constant.
    """

    name: str
    centre: str
    spread: str
    of: Callable[[Float32[np.ndarray, "k d"]], Spread]
    needed: int = 2
    epsilon: float = 0.0


@runtime_checkable
class Scaler(Fitted, Protocol):
    """A step that scales group by group."""

    @property
    def constant(self) -> Constant:
        """A feature that is constant in some group: dropped everywhere, or zero there."""


def scaled(profiles: Profiles, step: Scaler, measure: Measure) -> Profiles:
    """Return (x - centre) / (spread + epsilon) of every group, with what was checked of it.

    Raises:
        InputError: As `FitRows.of`, a feature that is not finite, an epsilon too small to divide
            by, or every feature is constant in some group.
    """
    if not np.isfinite(profiles.features).all():
        profiles.finite(measure.name)
    fit = FitRows.of(profiles, step, measure.name, measure.needed)
    made = np.empty_like(profiles.features)
    spreads: list[Spread] = []
    pool: Spread | None = None
    for k, rows in enumerate(fit.groups):
        if k in fit.pooled:  # the same rows for all of them
            pool = spread = pool or measure.of(profiles.features[fit.rows[k]])
        else:
            spread = measure.of(profiles.features[fit.rows[k]])
        _scale(profiles.features, made, rows, spread, measure.epsilon)
        spreads.append(spread)
    if not np.isfinite(made).all():
        raise InputError(
            f"{measure.name}: a value over a spread of about {measure.epsilon:g} is more than "
            "float32 holds",
            fix="set epsilon = 0, which counts features without spread as constant, or a larger",
        )
    flat = np.stack([spread.flat & (measure.epsilon == 0) for spread in spreads])
    kept = ~np.asarray(flat.any(axis=0) if step.constant == "drop" else flat.all(axis=0))
    if not kept.any():
        raise InputError(f"{measure.name}: every feature is constant in some group")
    return profiles.after(
        step,
        features=made if kept.all() else made[:, kept],
        names=[name for name, keep in zip(profiles.names, kept, strict=True) if keep],
        constant=np.array(profiles.names)[flat.any(axis=0)].tolist(),
        features_out=int(kept.sum()),
        **fit.facts(),
        **_checked(made, fit, spreads, kept, measure),
    )


def _scale(
    x: Float32[np.ndarray, "n d"],
    made: Float32[np.ndarray, "n d"],
    rows: Int64[np.ndarray, " k"],
    spread: Spread,
    epsilon: float,
) -> None:
    """Write the scaled rows of one group into `made`."""
    width = spread.spread + epsilon
    if epsilon == 0:
        width = np.where(spread.flat, np.inf, width)  # x / inf: a constant feature becomes 0
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # looked for afterwards
        for i in range(0, len(rows), _ROWS):
            some = rows[i : i + _ROWS]
            made[some] = (x[some] - spread.centre) / width


def _checked(
    made: Float32[np.ndarray, "n d"],
    fit: FitRows,
    spreads: Sequence[Spread],
    kept: Bool[np.ndarray, " d"],
    measure: Measure,
) -> dict[str, Any]:
    """Return how far the centre is from 0 and the spread from 1, at worst over the groups.

    A group fitted on other groups' rows shows nothing of what it was scaled by, and is left out.
    """
    centre, width = 0.0, 0.0
    for k, (rows, before) in enumerate(zip(fit.rows, spreads, strict=True)):
        if k in fit.pooled:
            continue
        after = measure.of(made[rows])
        wanted = np.where(before.flat, 0.0, 1.0)
        if measure.epsilon:
            wanted = before.spread / (before.spread + measure.epsilon)
        centre = max(centre, float(np.abs(after.centre[kept]).max()))
        width = max(width, float(np.abs(after.spread - wanted)[kept].max()))
    name = measure.name
    return {
        f"{measure.centre}_error": check_invariant(
            f"{measure.centre} after {name}", centre, _TOLERANCE
        ),
        f"{measure.spread}_error": check_invariant(
            f"{measure.spread} after {name}", width, _TOLERANCE
        ),
    }
