"""Sphere: decorrelate the features by the covariance or correlation of the controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Float64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import MANY, at_least, between
from phenolens.corrections.axes import PrincipalAxes
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.profiling.base import BaseStep, FittableStep

_TOLERANCE = 1e-3
# A spread below a few units in float32's last place is rounding, not measurement.
_FLAT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """The whitening learned.

    Attributes:
        mean: Of the rows fitted on.
        sd: What each feature is divided by: 1 unless the rotation is one of the correlation.
        S: Eigenvalues, falling.
        V: Eigenvectors.
    """

    mean: Float64[np.ndarray, " d"]
    sd: Float64[np.ndarray, " d"]
    S: Float64[np.ndarray, " k"]
    V: Float64[np.ndarray, "d k"]


@dataclass(frozen=True, kw_only=True)
class Sphere(FittableStep[Whitening]):
    """Whitening by the negative controls: their covariance becomes I, or S / (S + lambda).

    With mu the mean of the controls, C = X'X / n of the centred controls and C = V S V', every
    row becomes (x - mu) V (S + lambda I)^-1/2. lambda = 0 is PCA whitening, as in WS-DINO
    (Cross-Zamirski et al. 2022); lambda = 1 with all components is the ridge whitening of
    DeepProfiler (Caicedo et al. 2018; Perakis et al. 2021). lambda has the square of the
    features' unit: it is meaningful only for standardized features.

    The `_cor` rotations divide each feature by its sd in the controls first, so that C is their
    correlation: a feature's unit does not matter (PCA-cor and ZCA-cor of Kessy, Lewin and Strimmer
    2018). All four are pycytominer's `Spherize` (1.7.1, with ddof = 1) where the controls carry
    every direction; from 1.3.0 to 1.7.0 that class did not whiten.

    Fewer controls than features leave directions in which the controls do not vary (at most
    n - 1 components are carried). With lambda = 0 nothing is known of these, and they are
    left out; with lambda > 0 they may stay, scaled by lambda^-1/2: treatments do differ in them.
    Any rotation of them is as good, so their basis is fixed by a pivoted QR, and the sign of every
    component by its largest weight: the result does not depend on row order or on LAPACK.

    Attributes:
        regularization: lambda, added to every eigenvalue.
        components: Those that the controls carry, or all.
        rotation: `pca` leaves the components; `zca` rotates back, so that features keep their
            meaning and names. Cosines and distances are the same, medians are not. `pca_cor` and
            `zca_cor` do so with the correlation.
        on: Fitted on the negative controls, or on all rows.
        ddof: C is X'X / (n - ddof): 0 for the population's covariance, 1 for the sample's.
    """

    regularization: float = 0.0
    components: Literal["carried", "all"] = "carried"
    rotation: Literal["pca", "zca", "pca_cor", "zca_cor"] = "pca"
    on: Literal["controls", "all"] = "controls"
    ddof: int = 0

    def __post_init__(self) -> None:
        at_least(0, regularization=self.regularization)
        between(0, MANY, ddof=self.ddof)
        if self.components == "all" and self.regularization == 0:
            raise InputError(
                'components = "all" divides by zero where the controls do not vary',
                where="regularization",
                fix='set it above 0, or components = "carried"',
            )

    state: ClassVar[type] = Whitening

    def learn(self, profiles: Profiles, base: Whitening | None = None) -> Learned[Whitening]:
        """Return the whitening, and the profiles sphered by it.

        Raises:
            InputError: Fewer than two rows to fit on, controls that do not vary (for `_cor`: in
                one feature, which is named), or a feature that is not finite.
        """
        del base  # there are no groups
        x = profiles.finite("sphere")
        fit = np.ones(len(x), dtype=bool) if self.on == "all" else profiles.controls("sphere")
        needed = max(2, self.ddof + 1)
        if fit.sum() < needed:
            raise InputError(f"sphere needs at least {needed} rows to fit on, got {int(fit.sum())}")
        size = np.abs(x[fit]).max(axis=0)
        mean, sd = x[fit].mean(axis=0), np.ones(x.shape[1])
        x -= mean
        if self.rotation.endswith("_cor"):
            sd = self._spread(x[fit], size, profiles.names)
            x /= sd
            size = size / sd
        axes = PrincipalAxes.of(x[fit], "sphere", size=float(size.max()), ddof=self.ddof)
        carried = len(axes.S)
        if self.components == "all" and not self._back:
            axes = axes.completed()
        made = in_float32(self._whiten(x, axes), "sphere")
        facts = {
            "fitted_on": int(fit.sum()),
            "features_in": len(profiles.names),
            "carried": carried,
            "components_out": len(profiles.names) if self.components == "all" else carried,
            "covariance_error": self._check(made, fit, axes),
        }
        names = profiles.names if self._back else _numbered(made.shape[1])
        return Learned(Whitening(mean, sd, axes.S, axes.V), made, names, facts)

    def transform(self, profiles: Profiles, state: Whitening) -> Float[np.ndarray, "n e"]:
        """Return the rows sphered by the whitening learned."""
        x = profiles.finite("sphere")
        x -= state.mean
        if self.rotation.endswith("_cor"):
            x /= state.sd
        return in_float32(self._whiten(x, PrincipalAxes(state.S, state.V)), "sphere")

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and ridge whitening with all components."""
        return (
            cls(),
            cls(regularization=1.0, components="all", rotation="zca"),
            cls(regularization=0.1, rotation="zca_cor"),
        )

    @property
    def _back(self) -> bool:
        """Whether the components are rotated back to the features."""
        return self.rotation.startswith("zca")

    def _spread(
        self, x: Float[np.ndarray, "k d"], size: Float[np.ndarray, " d"], names: tuple[str, ...]
    ) -> Float[np.ndarray, " d"]:
        """Return each feature's sd in the rows fitted on."""
        sd = np.sqrt((x**2).sum(axis=0) / (len(x) - self.ddof))
        flat = np.flatnonzero(sd <= _FLAT * size)
        if len(flat):
            raise InputError(
                f"sphere: no correlation with '{names[flat[0]]}', which does not vary in the rows "
                f"to fit on ({count_of(len(flat), 'such feature')})",
                fix="drop it before (select_features, or standardize)",
            )
        return sd

    def _whiten(self, x: Float[np.ndarray, "n d"], axes: PrincipalAxes) -> Float[np.ndarray, "n e"]:
        scale = (axes.S + self.regularization) ** -0.5
        if not self._back:
            return x @ (axes.V * scale)
        if self.components == "carried":
            return np.linalg.multi_dot([x, axes.V * scale, axes.V.T])
        # What is not carried has S = 0: lambda^-1/2 for all, and the difference where it is.
        rest = self.regularization**-0.5
        return np.linalg.multi_dot([x, axes.V * (scale - rest), axes.V.T]) + rest * x

    def _check(
        self, made: Float[np.ndarray, "n e"], fit: Bool[np.ndarray, " n"], axes: PrincipalAxes
    ) -> float:
        """Return how far the covariance of the rows fitted on is from S / (S + lambda)."""
        y = made[fit].astype(np.float64)
        y -= y.mean(axis=0)
        left = 0.0
        if self._back:  # measured along the components; outside them there must be nothing
            along = y @ axes.V
            left = float(np.abs(y - along @ axes.V.T).max())
            y = along
        wanted = np.diag(axes.S / (axes.S + self.regularization))
        error = float(np.abs(y.T @ y / (len(y) - self.ddof) - wanted).max())
        return check_invariant(
            "covariance of the controls after sphere", max(error, left), _TOLERANCE
        )


def _numbered(n: int) -> tuple[str, ...]:
    return tuple(f"sphere{i:04d}" for i in range(n))
