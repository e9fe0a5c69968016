"""Least squares: remove from the features what some columns explain of them, and measure it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import linalg

from phenolens.core.errors import InputError

# Below this part of a feature's size, a remainder is rounding, not measurement.
_FLAT = 1e-6
# Of the largest singular value: columns of a design that repeat each other (all rows of a plate
# add up to all columns) leave rounding errors above NumPy's and SciPy's threshold.
_NONE = 1e-10
_SPANNED = 1e-8  # rounding of a row that those fitted on do explain


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A linear model: x is explained by (design - middle) @ beta.

    Attributes:
        middle: Mean of the design over the rows fitted on.
        beta: The effects.
    """

    middle: Float[np.ndarray, " k"]
    beta: Float[np.ndarray, "k d"]

    @classmethod
    def of(
        cls,
        x: Float[np.ndarray, "n d"],
        design: Float[np.ndarray, "n k"],
        fit: Bool[np.ndarray, " n"],
        where: str,
    ) -> Line:
        """Return the least-squares effects of the design.

        Args:
            x: Features, also of rows that are not fitted on.
            design: What explains them; a constant is implied.
            fit: The rows fitted on.
            where: The group and step, for errors.

        Raises:
            InputError: Fewer rows than effects and one more, or a design that the rows fitted on
                do not span, so that the effect on others would be a guess.
        """
        middle = design[fit].mean(axis=0)
        D = design - middle
        rank = _basis(D[fit]).shape[1]
        if fit.sum() < rank + 2:
            raise InputError(
                f"{where}: {int(fit.sum())} rows to fit {rank} effects and a mean on; "
                f"at least {rank + 2} are needed"
            )
        if _basis(D).shape[1] > rank:
            raise _not_spanned(where)
        return cls(middle, linalg.lstsq(D[fit], x[fit] - x[fit].mean(axis=0), cond=_NONE)[0])

    def residuals(
        self, x: Float[np.ndarray, "n d"], design: Float[np.ndarray, "n k"]
    ) -> Float[np.ndarray, "n d"]:
        """Return x less what the design explains; the mean of the rows fitted on stays."""
        return x - (design - self.middle) @ self.beta


def refuse_unspanned(
    design: Float[np.ndarray, "n k"], fitted: Float[np.ndarray, "m k"], where: str
) -> None:
    """Raise where some rows of a design are not a combination of those fitted on.

    Raises:
        InputError: There is such a row: its effect would be a guess.
    """
    middle = fitted.mean(axis=0)
    span = _basis((fitted - middle).T)  # orthonormal directions of the rows fitted on
    D = design - middle
    if np.abs(D - D @ span @ span.T).max(initial=0.0) > _SPANNED * max(1.0, np.abs(D).max()):
        raise _not_spanned(where)


def _not_spanned(where: str) -> InputError:
    return InputError(
        f"{where}: the rows to fit on do not determine all effects",
        fix='fit on all rows (on = "all"), or choose a simpler model or coarser groups',
    )


def multiple_r2(
    x: Float[np.ndarray, "n d"],
    design: Float[np.ndarray, "n k"],
    size: Float[np.ndarray, " d"],
) -> Float[np.ndarray, " d"]:
    """Return the share of each feature's variance that the design explains; 0 of a constant one.

    Args:
        x: Features.
        design: What explains them; a constant is implied.
        size: The features' largest values: a spread below 1e-6 of it is none.
    """
    y = x - x.mean(axis=0)
    total = (y**2).sum(axis=0)
    basis = _basis(design - design.mean(axis=0))
    varies = total > len(x) * (_FLAT * size) ** 2
    explained = ((basis.T @ y) ** 2).sum(axis=0)
    return np.where(varies, explained / np.where(varies, total, 1.0), 0.0)


def _basis(design: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n r"]:
    """Return orthonormal columns that span the design's."""
    U, S, _ = linalg.svd(design, full_matrices=False)
    return U[:, _NONE * max(S[0], np.finfo(np.float64).tiny) < S]
