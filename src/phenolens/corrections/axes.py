"""The directions in which a table's rows vary: eigenvectors of their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

from phenolens.core.errors import InputError
from phenolens.statistics.ties import first_largest

_EPS32 = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalAxes:
    """Eigenvalues and eigenvectors of a covariance, those in which the rows vary.

    Attributes:
        S: (k,) eigenvalues, falling.
        V: (d, k) eigenvectors, orthonormal; the largest weight of each is positive (the
            first, where rounding alone tells them apart).
    """

    S: Float[np.ndarray, " k"]
    V: Float[np.ndarray, "d k"]

    @classmethod
    def of(
        cls, x: Float[np.ndarray, "n d"], needed_by: str, *, size: float, ddof: int = 0
    ) -> PrincipalAxes:
        """Return the axes of centred rows, from the smaller of X'X (d, d) and XX' (n, n).

        Carried are eigenvalues above 1e-11 of the largest one, and above what float32
        resolves; at most n - 1 axes.

        Args:
            x: Centred rows.
            needed_by: The step, for the error.
            size: Largest value before centring: float32 cannot resolve below its last place.
            ddof: The covariance is X'X / (n - ddof).

        Raises:
            InputError: The rows do not vary.
        """
        n, d = x.shape
        wide = n < d
        S, V = linalg.eigh((x @ x.T if wide else x.T @ x) / (n - ddof), driver="evd")
        S, V = S[::-1], V[:, ::-1]
        floor = max(1e-11 * S[0], (_EPS32 * size) ** 2)
        carried = min(int(np.count_nonzero(floor < S)), n - 1)
        if carried == 0:
            raise InputError(f"{needed_by}: the rows to fit on do not vary")
        S, V = S[:carried], V[:, :carried]
        if wide:  # from the rows' space to the features'; QR corrects what rounding left
            V = linalg.qr(x.T @ V, mode="economic")[0]
        return cls(S, _signed(V))

    def completed(self) -> PrincipalAxes:
        """Return the axes with a basis of all other directions after them, whose S is 0."""
        d, k = self.V.shape
        if k == d:
            return self
        rest = linalg.qr(np.eye(d) - self.V @ self.V.T, pivoting=True)[0][:, : d - k]
        rest -= self.V @ (self.V.T @ rest)
        V = np.concatenate([self.V, _signed(rest)], axis=1)
        return PrincipalAxes(np.concatenate([self.S, np.zeros(d - k)]), V)


def _signed(V: Float[np.ndarray, "d k"]) -> Float[np.ndarray, "d k"]:
    """Return eigenvectors with their largest weight positive; of equal ones, the first."""
    largest = first_largest(np.abs(V).T)
    return V * np.sign(V[largest, np.arange(V.shape[1])])
