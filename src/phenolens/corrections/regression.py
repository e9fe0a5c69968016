"""Least squares: take out of the features what some columns explain of them, and measure it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy import linalg

from phenolens.core.errors import InputError

# Below this part of a feature's size, what is left is rounding, not measurement.
_FLAT = 1e-6
# Of the largest singular value: columns of a design that repeat each other (all rows of a plate
# add up to all columns) leave rounding errors above what NumPy and SciPy take for none.
_NONE = 1e-10


def regress_out(
    x: Float[np.ndarray, "n d"],
    design: Float[np.ndarray, "n k"],
    fit: Bool[np.ndarray, " n"],
    where: str,
) -> Float[np.ndarray, "n d"]:
    """Return x less what the design explains; the mean of the rows fitted on stays.

    Args:
        x: Features, also of rows that are not fitted on.
        design: What explains them; a constant is implied.
        fit: The rows fitted on.
        where: The group and step, for errors.

    Raises:
        InputError: Fewer rows than effects and one more, or a design that the rows fitted on do
            not span, so that the effect on others would be a guess.
    """
    D = design - design[fit].mean(axis=0)
    rank = _basis(D[fit]).shape[1]
    if fit.sum() < rank + 2:
        raise InputError(
            f"{where}: {int(fit.sum())} rows to fit {rank} effects and a mean on; "
            f"at least {rank + 2} are needed"
        )
    if _basis(D).shape[1] > rank:
        raise InputError(
            f"{where}: the rows to fit on do not tell all effects apart",
            fix='fit on all rows (on = "all"), or choose a simpler model or coarser groups',
        )
    beta = linalg.lstsq(D[fit], x[fit] - x[fit].mean(axis=0), cond=_NONE)[0]
    return x - D @ beta


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
