"""TVN as EFAAR_benchmarking codes it: z-scores, principal axes, z-scores a batch, alignment."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from phenolens.core.profiles import Profiles
from phenolens.corrections.align import Target, refuse_few
from phenolens.corrections.axes import PrincipalAxes
from phenolens.corrections.invariant import check_invariant
from phenolens.grouping.groups import RowGroups

_TOLERANCE = 1e-3
_FLAT = 1e-6


def align_batches(
    profiles: Profiles, by: tuple[str, ...], ridge: float
) -> tuple[Float[np.ndarray, "n k"], dict[str, object]]:
    """Return the components aligned batch by batch, and the figures of it.

    1. z = (x - mean) / sd over all controls (sd of the population; 1 where it is 0).
    2. The controls' principal axes, those that they carry, applied to every row.
    3. z-scores again, by the controls of each batch.
    4. In each batch x (C_b + lambda I)^-1/2 (C + lambda I)^1/2, C_b and C the sample covariances
       of the batch's and of all controls.

    The controls of every batch then have mean 0, and A' C_b A + lambda A'A = C + lambda I.

    Raises:
        InputError: A batch has fewer than two controls, or no control varies.
    """
    x = profiles.finite("tvn")
    controls = profiles.controls("tvn")
    groups = RowGroups.of(profiles, by, "tvn").every_row_in_one("tvn")
    for k, rows in enumerate(groups):
        refuse_few(x[rows[controls[rows]]], groups.name(k), "tvn")
    x, flat = _by(x, controls, size=np.abs(x[controls]).max(axis=0))
    axes = PrincipalAxes.of(x[controls], "tvn", size=float(np.abs(x[controls]).max()))
    x = x @ axes.V
    size = np.sqrt(axes.S)  # of a component, over all controls
    flats = 0
    for rows in groups:
        x[rows], flat_here = _by(x[rows], controls[rows], size=size)
        flats += int(flat_here.sum())
    target = Target.of(_covariance(x[controls]), ridge)
    made = np.empty(x.shape, dtype=np.float32)
    mean, identity = 0.0, 0.0
    for rows in groups:
        own = rows[controls[rows]]
        A = target.map_from(_covariance(x[own]))
        made[rows] = x[rows] @ A
        y = made[own].astype(np.float64)
        mean = max(mean, float(np.abs(y.mean(axis=0)).max()))
        identity = max(identity, target.miss(_covariance(y), A))
    return made, {
        "batches": len(groups),
        "carried": len(axes.S),
        "constant": np.array(profiles.names)[flat].tolist(),
        "constant_in_a_batch": flats,
        "mean_error": check_invariant("mean of a batch's controls after tvn", mean, _TOLERANCE),
        "identity_error": check_invariant("C' + lambda A'A after tvn", identity, _TOLERANCE),
    }


def _by(
    x: Float[np.ndarray, "n d"], fit: Bool[np.ndarray, " n"], size: Float[np.ndarray, " d"]
) -> tuple[Float[np.ndarray, "n d"], Bool[np.ndarray, " d"]]:
    """Return z-scores by the rows fitted on, and where these are constant (there sd is 1)."""
    sd = x[fit].std(axis=0)
    flat = sd <= _FLAT * size
    return (x - x[fit].mean(axis=0)) / np.where(flat, 1.0, sd), flat


def _covariance(x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "d d"]:
    """Return the sample covariance, a matrix for one feature too."""
    return np.cov(x, rowvar=False, ddof=1).reshape(x.shape[1], x.shape[1])
