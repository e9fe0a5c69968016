"""TVN as EFAAR_benchmarking codes it: z-scores, principal axes, z-scores per batch, alignment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from phenolens.core.profiles import Profiles
from phenolens.corrections.align import Target, refuse_few
from phenolens.corrections.axes import PrincipalAxes
from phenolens.corrections.invariant import check_invariant
from phenolens.grouping.groups import RowGroups, Words

_TOLERANCE = 1e-3
_FLAT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class EfaarState:
    """What EFAAR's TVN has learned.

    Attributes:
        mean: Of all controls.
        sd: Theirs, 1 where it is 0.
        V: Their principal axes.
        size: Spread of each component over all controls: far less counts as no spread.
        groups: The batches.
        batch_mean: Of each batch's controls, in the components.
        batch_sd: Theirs, 1 where it is 0.
        maps: The alignment of each batch, applied to rows as x A.
        C: The covariance of all controls, to which every batch is brought.
    """

    mean: Float64[np.ndarray, " d"]
    sd: Float64[np.ndarray, " d"]
    V: Float64[np.ndarray, "d e"]
    size: Float64[np.ndarray, " e"]
    groups: Words
    batch_mean: Float64[np.ndarray, "g e"]
    batch_sd: Float64[np.ndarray, "g e"]
    maps: Float64[np.ndarray, "g e e"]
    C: Float64[np.ndarray, "e e"]


def learn_efaar(
    profiles: Profiles, by: tuple[str, ...], ridge: float, base: EfaarState | None = None
) -> tuple[EfaarState, Float[np.ndarray, "n k"], dict[str, object]]:
    """Return what is learned, the components aligned batch by batch, and the figures of it.

    1. z = (x - mean) / sd over all controls (sd of the population; 1 where it is 0).
    2. The controls' principal axes, those that they carry, applied to every row.
    3. z-scores again, by the controls of each batch.
    4. In each batch x (C_b + lambda I)^-1/2 (C + lambda I)^1/2, C_b and C the sample covariances
       of the batch's and of all controls.

    The controls of every batch then have mean 0, and A' C_b A + lambda A'A = C + lambda I.

    Args:
        profiles: The table.
        by: Columns that make a batch.
        ridge: lambda.
        base: What another table's controls gave: 1, 2 and C are taken from it.

    Raises:
        InputError: A batch has fewer than two controls, or no control varies.
    """
    x = profiles.finite("tvn")
    controls = profiles.controls("tvn")
    groups = RowGroups.of(profiles, by, "tvn").every_row_in_one("tvn")
    for k, rows in enumerate(groups):
        refuse_few(x[rows[controls[rows]]], groups.name(k), "tvn")
    if base is None:
        mean, sd, flat = _moments(x[controls], size=np.abs(x[controls]).max(axis=0))
        x = (x - mean) / sd
        axes = PrincipalAxes.of(x[controls], "tvn", size=float(np.abs(x[controls]).max()))
        V, size = axes.V, np.sqrt(axes.S)
    else:
        mean, sd, flat = base.mean, base.sd, np.zeros(len(base.mean), dtype=bool)
        x = (x - mean) / sd
        V, size = base.V, base.size
    x = x @ V
    scales = [_moments(x[rows[controls[rows]]], size=size) for rows in groups]
    for rows, (batch_mean, batch_sd, _) in zip(groups, scales, strict=True):
        x[rows] = (x[rows] - batch_mean) / batch_sd
    C = _covariance(x[controls]) if base is None else base.C
    made, maps, errors = _aligned(x, groups, controls, Target.of(C, ridge))
    means, sds, flats = (np.stack(parts) for parts in zip(*scales, strict=True))
    facts: dict[str, object] = {
        "batches": len(groups),
        "carried": len(size),
        "constant": np.array(profiles.names)[flat].tolist(),
        "constant_in_a_batch": int(flats.sum()),
        **errors,
    }
    return EfaarState(mean, sd, V, size, groups.words, means, sds, maps, C), made, facts


def apply_efaar(
    profiles: Profiles, by: tuple[str, ...], state: EfaarState
) -> Float[np.ndarray, "n k"]:
    """Return the components of rows whose batches are all among those learned from."""
    x = profiles.finite("tvn")
    place = RowGroups.of(profiles, by, "tvn").places(state.groups)
    x = ((x - state.mean) / state.sd) @ state.V
    made = np.empty(x.shape, dtype=np.float32)
    for k in np.unique(place):
        rows = np.flatnonzero(place == k)
        made[rows] = ((x[rows] - state.batch_mean[k]) / state.batch_sd[k]) @ state.maps[k]
    return made


def _aligned(
    x: Float[np.ndarray, "n k"],
    groups: RowGroups,
    controls: Bool[np.ndarray, " n"],
    target: Target,
) -> tuple[Float[np.ndarray, "n k"], Float64[np.ndarray, "g k k"], dict[str, float]]:
    """Return the rows aligned, the map of each batch, and how far the promise is from holding."""
    made = np.empty(x.shape, dtype=np.float32)
    maps = np.empty((len(groups), *target.C_t.shape))
    mean, identity = 0.0, 0.0
    for k, rows in enumerate(groups):
        own = rows[controls[rows]]
        A = maps[k] = target.map_from(_covariance(x[own]))
        made[rows] = x[rows] @ A
        y = made[own].astype(np.float64)
        mean = max(mean, float(np.abs(y.mean(axis=0)).max()))
        identity = max(identity, target.miss(_covariance(y), A))
    what = "mean of a batch's controls after tvn"
    return (
        made,
        maps,
        {
            "mean_error": check_invariant(what, mean, _TOLERANCE),
            "identity_error": check_invariant("C' + lambda A'A after tvn", identity, _TOLERANCE),
        },
    )


def _moments(
    x: Float[np.ndarray, "k d"], size: Float[np.ndarray, " d"]
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"], Bool[np.ndarray, " d"]]:
    """Return mean, sd (1 where the rows are constant) and where they are constant."""
    sd = x.std(axis=0)
    flat = sd <= _FLAT * size
    return x.mean(axis=0), np.where(flat, 1.0, sd), flat


def _covariance(x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "d d"]:
    """Return the sample covariance, a matrix for one feature too."""
    return np.cov(x, rowvar=False, ddof=1).reshape(x.shape[1], x.shape[1])
