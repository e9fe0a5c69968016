"""Alignment of second moments: from one ellipsoid of controls to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

from phenolens.core.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The moment that batches are aligned to: (C_t + lambda I)^1/2, computed once.

    Attributes:
        C_t: (d, d) the moment to reach, symmetric, no negative eigenvalue.
        ridge: lambda, above 0.
        half: (d, d) the root.
    """

    C_t: Float[np.ndarray, "d d"]
    ridge: float
    half: Float[np.ndarray, "d d"]

    @classmethod
    def of(cls, C_t: Float[np.ndarray, "d d"], ridge: float) -> Target:
        """Return the target for this moment."""
        return cls(C_t, ridge, power(C_t, ridge, 0.5))

    def map_from(self, C_s: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "d d"]:
        """Return A = (C_s + lambda I)^-1/2 (C_t + lambda I)^1/2, to be applied to rows as x A."""
        return power(C_s, self.ridge, -0.5) @ self.half

    def miss(self, made: Float[np.ndarray, "d d"], A: Float[np.ndarray, "d d"]) -> float:
        """Return how far A' C_s A + lambda A'A = C_t + lambda I is from holding, relative to C_t.

        Args:
            made: The moment A' C_s A, measured on the result.
            A: The map that made it.
        """
        off = made - self.C_t + self.ridge * (A.T @ A - np.eye(len(A)))
        return float(np.abs(off).max()) / max(1.0, float(np.abs(self.C_t).max()))


def power(C: Float[np.ndarray, "d d"], ridge: float, exponent: float) -> Float[np.ndarray, "d d"]:
    """Return (C + ridge I) to a power, for a symmetric C without negative eigenvalues."""
    S, V = linalg.eigh(C, driver="evd")
    return (V * (S.clip(0) + ridge) ** exponent) @ V.T


def refuse_few(
    x: Float[np.ndarray, "k d"], group: str, needed_by: str, *, needed: int = 2
) -> Float[np.ndarray, "k d"]:
    """Return the controls of a group, if there are enough of them.

    Raises:
        InputError: There are fewer: names the group.
    """
    if len(x) < needed:
        raise InputError(
            f"{needed_by} needs at least {needed} negative controls in every group, "
            f"and {group} has {len(x)}",
            fix="leave the group out, or choose coarser ones with `by`",
        )
    return x
