"""Scaling: the rows of each group by the centre and spread of some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.fitting import FitRows, Fitted
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.grouping.groups import RowGroups, Words

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
        epsilon: Added to every spread; if it is not 0, no feature counts as constant.
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


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """What scaling has learned: (x - centre) / width, group by group.

    Attributes:
        groups: The groups.
        kept: Which features come out.
        centre: Of each group.
        width: Of each group: spread + epsilon, and 0 where a feature is constant.
        pool_centre: Of the controls of all groups, where a group may fall back on them.
        pool_width: Theirs.
    """

    groups: Words
    kept: Bool[np.ndarray, " d"]
    centre: Float64[np.ndarray, "g e"]
    width: Float64[np.ndarray, "g e"]
    pool_centre: Float64[np.ndarray, "p e"]
    pool_width: Float64[np.ndarray, "p e"]


def learn_scales(
    profiles: Profiles, step: Scaler, measure: Measure, base: Scales | None = None
) -> Learned[Scales]:
    """Return (x - centre) / (spread + epsilon) of every group, with what was checked of it.

    Args:
        profiles: The table.
        step: Its settings.
        measure: What it means by centre and spread.
        base: Scales of another table: they say which features come out, and hold the pool.

    Raises:
        InputError: As `FitRows.of`, a feature that is not finite, an epsilon too small to divide
            by, or every feature is constant in some group.
    """
    if not np.isfinite(profiles.features).all():
        profiles.finite(measure.name)
    has_pool = base is not None and len(base.pool_centre) > 0
    fit = FitRows.of(profiles, step, measure.name, measure.needed, has_pool=has_pool)
    spreads, pool = _spreads(profiles, step, measure, fit, base)
    made = np.empty_like(profiles.features)
    for rows, spread in zip(fit.groups, spreads, strict=True):
        _scale(profiles.features, made, rows, spread.centre, _width(spread, measure))
    _refuse_overflow(made, measure.name)
    flat = np.stack([spread.flat & (measure.epsilon == 0) for spread in spreads])
    kept = _kept(profiles, step, measure.name, flat, fit, base)
    names = tuple(name for name, keep in zip(profiles.names, kept, strict=True) if keep)
    facts = {
        "constant": np.array(profiles.names)[flat.any(axis=0)].tolist(),
        "features_out": int(kept.sum()),
        **fit.facts(),
        **_checked(made, fit, spreads, kept, measure),
    }
    state = Scales(
        groups=fit.groups.words,
        kept=kept,
        centre=np.stack([spread.centre for spread in spreads])[:, kept],
        width=np.stack([_width(spread, measure) for spread in spreads])[:, kept],
        pool_centre=np.array([spread.centre[kept] for spread in pool]).reshape(-1, len(names)),
        pool_width=np.array([_width(s, measure)[kept] for s in pool]).reshape(-1, len(names)),
    )
    return Learned(state, made if kept.all() else made[:, kept], names, facts)


def apply_scales(
    profiles: Profiles, step: Scaler, name: str, state: Scales
) -> Float32[np.ndarray, "n e"]:
    """Return the rows scaled by what was learned; each row's group is among those.

    Raises:
        InputError: A value is more than float32 holds.
    """
    x = profiles.features.take(np.flatnonzero(state.kept), axis=1)
    place = RowGroups.of(profiles, step.by, name).places(state.groups)
    made = np.empty_like(x)
    for k in np.unique(place):
        _scale(x, made, np.flatnonzero(place == k), state.centre[k], state.width[k])
    _refuse_overflow(made, name)
    return made


def _spreads(
    profiles: Profiles, step: Scaler, measure: Measure, fit: FitRows, base: Scales | None
) -> tuple[list[Spread], list[Spread]]:
    """Return every group's centre and spread, and that of the pool, if there may be need of it."""
    pool: list[Spread] = []
    if step.few == "pooled" and base is None:
        rows = np.arange(len(profiles))
        if step.on == "controls":
            rows = np.flatnonzero(profiles.controls(measure.name))
        if len(rows) >= measure.needed:
            pool = [measure.of(profiles.features[rows])]
    if base is not None and len(base.pool_centre):
        pool = [_of_base(base, measure)]
    return [
        pool[0] if k in fit.pooled else measure.of(profiles.features[rows])
        for k, rows in enumerate(fit.rows)
    ], pool


def _of_base(base: Scales, measure: Measure) -> Spread:
    """Return the pooled spread of another table; what it dropped counts as constant."""
    centre, width = np.zeros(len(base.kept)), np.zeros(len(base.kept))
    centre[base.kept], width[base.kept] = base.pool_centre[0], base.pool_width[0]
    spread = np.where(width > 0, width - measure.epsilon, 0.0)
    return Spread(centre, spread, np.where(width > 0, 0.0, 1.0))


def _kept(
    profiles: Profiles,
    step: Scaler,
    name: str,
    flat: Bool[np.ndarray, "g d"],
    fit: FitRows,
    base: Scales | None,
) -> Bool[np.ndarray, " d"]:
    """Return which features come out."""
    if base is None:
        kept = ~np.asarray(flat.any(axis=0) if step.constant == "drop" else flat.all(axis=0))
        if not kept.any():
            raise InputError(f"{name}: every feature is constant in some group")
        return kept
    refuse_new_constant(profiles, step.constant, name, flat & base.kept, fit.groups)
    return base.kept


def refuse_new_constant(
    profiles: Profiles,
    constant: Constant,
    name: str,
    flat: Bool[np.ndarray, "g d"],
    groups: RowGroups,
) -> None:
    """Raise where a group that was not in the fit has a constant feature that cannot be dropped.

    Raises:
        InputError: Names the feature and the group.
    """
    if constant == "drop" and flat.any():
        k, j = np.argwhere(flat)[0]
        raise InputError(
            f"{name}: '{profiles.names[j]}' is constant in {groups.name(int(k))}, which was not in "
            f"the fit ({count_of(int(flat.any(axis=0).sum()), 'such feature')})",
            fix='fit on a table with this group, or set constant = "zero"',
        )


def _width(spread: Spread, measure: Measure) -> Float64[np.ndarray, " d"]:
    """Return what to divide by; 0 where the feature is constant."""
    if measure.epsilon:
        return spread.spread + measure.epsilon
    return np.where(spread.flat, 0.0, spread.spread)


def _scale(
    x: Float32[np.ndarray, "n d"],
    made: Float32[np.ndarray, "n d"],
    rows: Int64[np.ndarray, " k"],
    centre: Float64[np.ndarray, " d"],
    width: Float64[np.ndarray, " d"],
) -> None:
    """Write the scaled rows of one group into `made`."""
    width = np.where(width == 0, np.inf, width)  # x / inf: a constant feature becomes 0
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # looked for afterwards
        for i in range(0, len(rows), _ROWS):
            block = rows[i : i + _ROWS]
            made[block] = (x[block] - centre) / width


def _refuse_overflow(made: Float32[np.ndarray, "n d"], name: str) -> None:
    if not np.isfinite(made).all():
        raise InputError(
            f"{name}: a value divided by its spread is more than float32 can hold",
            fix="set epsilon = 0, which treats features without spread as constant, or a larger "
            "epsilon",
        )


def _checked(
    made: Float32[np.ndarray, "n d"],
    fit: FitRows,
    spreads: Sequence[Spread],
    kept: Bool[np.ndarray, " d"],
    measure: Measure,
) -> dict[str, Any]:
    """Return how far the centre is from 0 and the spread from 1, at worst over the groups.

    A group scaled by the rows of other groups is left out: its own rows promise nothing.
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
