"""Float32, in which profiles are kept: what is too large for it is refused, not made infinite."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from phenolens.core.errors import InputError


def in_float32(x: Float[np.ndarray, "n d"], needed_by: str) -> Float32[np.ndarray, "n d"]:
    """Return finite numbers in float32.

    Args:
        x: Features in float64.
        needed_by: The step that made them, for the error.

    Raises:
        InputError: A number is above 3.4e38, the largest that float32 can hold.

    Example:
        >>> in_float32(np.array([[0.5, 2.0]]), "pca").dtype
        dtype('float32')
    """
    with np.errstate(over="ignore"):
        made = x.astype(np.float32)
    if not np.isfinite(made).all():
        raise InputError(
            f"{needed_by}: a value is more than float32 can hold",
            fix="drop or scale the features with very large values first (select_features, "
            "standardize)",
        )
    return made
