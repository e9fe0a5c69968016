"""Pca: the directions of most variance, as many as asked for or as carry a share of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Float64

from phenolens.core.errors import InputError
from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import MANY
from phenolens.corrections.axes import PrincipalAxes
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.profiling.base import BaseStep, FittableStep

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The components learned.

    Attributes:
        mean: Of the rows fitted on.
        V: The components, orthonormal.
        S: Their variances, falling.
    """

    mean: Float64[np.ndarray, " d"]
    V: Float64[np.ndarray, "d e"]
    S: Float64[np.ndarray, " e"]


@dataclass(frozen=True, kw_only=True)
class Pca(FittableStep[Components]):
    """Principal components: (x - mu) V, their variances falling and left as they are.

    mu is the mean and V the eigenvectors of the covariance (ddof 1) of the rows fitted on, the
    largest weight of each positive: row order and LAPACK change nothing. Nothing is whitened:
    that is `sphere`. Where features outnumber rows there are at most n - 1 components; fewer than
    requested are not an error; `components_out` says how many there are.

    After the step the components' covariance over the rows fitted on is diagonal, and holds the
    eigenvalues: measured on the result, relative to the largest.

    Attributes:
        components: How many (a whole number), or the least number that carries this share of the
            variance (a fraction; 1.0 for all).
        on: Fitted on all rows, or on the negative controls.
    """

    components: int | float = 0.99
    on: Literal["controls", "all"] = "all"

    def __post_init__(self) -> None:
        whole = isinstance(self.components, int)
        fits = 1 <= self.components <= MANY if whole else 0 < self.components <= 1
        if not fits or isinstance(self.components, bool):
            raise InputError(
                f"must be a whole number of at least 1, or a share above 0 and up to 1.0, got "
                f"{self.components}",
                where="components",
            )

    state: ClassVar[type] = Components

    def learn(self, profiles: Profiles, base: Components | None = None) -> Learned[Components]:
        """Return the components, and the profiles in them: features `pca0000` and on.

        Raises:
            InputError: Fewer than two rows to fit on, rows that do not vary, or a feature that is
                not finite.
        """
        del base  # there are no groups
        x = profiles.finite("pca")
        fit = np.ones(len(x), dtype=bool) if self.on == "all" else profiles.controls("pca")
        if fit.sum() < 2:
            raise InputError(f"pca needs at least 2 rows to fit on, got {int(fit.sum())}")
        mean = x[fit].mean(axis=0)
        x -= mean
        size = float(np.abs(profiles.features[fit]).max())
        axes = PrincipalAxes.of(x[fit], "pca", size=size, ddof=1)
        share = np.cumsum(axes.S) / float((x[fit] ** 2).sum() / (fit.sum() - 1))
        k = self._count(share)
        made = in_float32(x @ axes.V[:, :k], "pca")
        facts = {
            "fitted_on": int(fit.sum()),
            "features_in": len(profiles.names),
            "carried": len(axes.S),
            "components_out": k,
            "variance_share": float(share[k - 1]),
            "covariance_error": _check(made, fit, axes.S[:k]),
        }
        names = tuple(f"pca{i:04d}" for i in range(k))
        return Learned(Components(mean, axes.V[:, :k], axes.S[:k]), made, names, facts)

    def transform(self, profiles: Profiles, state: Components) -> Float[np.ndarray, "n e"]:
        """Return the rows in the components learned."""
        x = profiles.finite("pca")
        x -= state.mean
        return in_float32(x @ state.V, "pca")

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and three components of the controls."""
        return cls(), cls(components=3, on="controls")

    def _count(self, share: Float[np.ndarray, " k"]) -> int:
        """Return how many components to keep, of those whose variance sums up to `share`."""
        if isinstance(self.components, int):
            return min(self.components, len(share))
        # The last share is 1 but for rounding, and for what no component carries.
        return min(int(np.searchsorted(share, self.components)) + 1, len(share))


def _check(
    made: Float[np.ndarray, "n k"], fit: Bool[np.ndarray, " n"], S: Float[np.ndarray, " k"]
) -> float:
    """Return how far the covariance of the rows fitted on is from the diagonal of eigenvalues."""
    y = made[fit].astype(np.float64)
    y -= y.mean(axis=0)
    error = float(np.abs(y.T @ y / (len(y) - 1) - np.diag(S)).max() / S[0])
    return check_invariant("covariance of the components after pca", error, _TOLERANCE)
