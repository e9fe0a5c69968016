"""Sphere: decorrelate the features by the covariance of the controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy import linalg

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.invariant import hold

_TOLERANCE = 1e-3
_EPS32 = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, kw_only=True)
class Sphere:
    """Whitening by the negative controls: their covariance becomes I, or S / (S + lambda).

    With mu the mean of the controls, C = X'X / n of the centred controls and C = V S V', every
    row becomes (x - mu) V (S + lambda I)^-1/2. lambda = 0 is PCA whitening, as in WS-DINO
    (Cross-Zamirski et al. 2022); lambda = 1 with all components is the ridge whitening of
    DeepProfiler (Caicedo et al. 2018; Perakis et al. 2021). lambda has the square of the
    features' unit: it means something only for standardized features.

    Fewer controls than features leave directions in which the controls do not vary (at most
    n - 1 components are carried). With lambda = 0 nothing can be said about these, and they are
    left out; with lambda > 0 they may stay, scaled by lambda^-1/2: treatments do differ in them.
    Any rotation of them is as good, so their basis is fixed by a pivoted QR, and the sign of every
    component by its largest weight: the result does not hang on row order or on LAPACK.

    Attributes:
        regularization: lambda, added to every eigenvalue.
        components: Those that the controls carry, or all.
        rotation: `pca` leaves the components; `zca` rotates back, so that features keep their
            meaning and names. Cosines and distances are the same, medians are not.
        on: Fitted on the negative controls, or on all rows.
    """

    regularization: float = 0.0
    components: Literal["carried", "all"] = "carried"
    rotation: Literal["pca", "zca"] = "pca"
    on: Literal["controls", "all"] = "controls"

    def __post_init__(self) -> None:
        if self.regularization < 0:
            raise InputError("regularization cannot be negative", where="regularization")
        if self.components == "all" and self.regularization == 0:
            raise InputError(
                'components = "all" divides by zero where the controls do not vary',
                where="regularization",
                mend='set it above 0, or components = "carried"',
            )

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the sphered profiles.

        Raises:
            InputError: Fewer than two rows to fit on, controls that do not vary, or a feature
                that is not finite.
        """
        x = profiles.finite("sphere")
        fit = np.ones(len(x), dtype=bool) if self.on == "all" else profiles.controls("sphere")
        if fit.sum() < 2:
            raise InputError(f"sphere needs at least 2 rows to fit on, got {int(fit.sum())}")
        x -= x[fit].mean(axis=0)
        S, V, carried = _axes(x[fit], float(np.abs(profiles.features[fit]).max()))
        if self.components == "carried":
            S, V = S[:carried], V[:, :carried]
        W = V / np.sqrt(S + self.regularization)
        W = W @ V.T if self.rotation == "zca" else W
        made = (x @ W).astype(np.float32)
        wanted = np.diag(S / (S + self.regularization))
        wanted = V @ wanted @ V.T if self.rotation == "zca" else wanted
        return profiles.after(
            self,
            features=made,
            names=self._names(profiles, made.shape[1]),
            fitted_on=int(fit.sum()),
            features_in=len(profiles.names),
            carried=carried,
            components_out=len(S),
            covariance_error=_check(made, fit, wanted),
        )

    def _names(self, profiles: Profiles, n: int) -> tuple[str, ...]:
        if self.rotation == "zca":
            return profiles.names
        return tuple(f"sphere{i:04d}" for i in range(n))


def _axes(
    x: Float[np.ndarray, "n d"], size: float
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"], int]:
    """Return eigenvalues (falling), eigenvectors and how many the rows carry.

    Args:
        x: Centred rows.
        size: Largest value before centring: float32 cannot resolve below its last place.
    """
    S, V = linalg.eigh(x.T @ x / len(x))
    S, V = S[::-1], V[:, ::-1]
    floor = max(1e-11 * S[0], (_EPS32 * size) ** 2)
    carried = min(int(np.count_nonzero(floor < S)), len(x) - 1)
    if carried == 0:
        raise InputError("sphere: the rows to fit on do not vary")
    U = V[:, :carried]
    if carried < len(S):
        rest = linalg.qr(np.eye(len(S)) - U @ U.T, pivoting=True)[0][:, : len(S) - carried]
        U = np.concatenate([U, rest - U @ (U.T @ rest)], axis=1)
    largest = U[np.abs(U).argmax(axis=0), np.arange(len(S))]
    return np.where(np.arange(len(S)) < carried, S, 0.0), U * np.sign(largest), carried


def _check(
    made: Float[np.ndarray, "n e"],
    fit: Bool[np.ndarray, " n"],
    wanted: Float[np.ndarray, "e e"],
) -> float:
    """Return how far the covariance of the rows fitted on is from what it must be."""
    y = made[fit].astype(np.float64)
    y -= y.mean(axis=0)
    error = float(np.abs(y.T @ y / len(y) - wanted).max())
    return hold("covariance of the controls after sphere", error, _TOLERANCE)
