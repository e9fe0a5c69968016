"""The features that a metric looks at: all of them, or one by its name."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

_SHOWN = 6


def named_features(profiles: Profiles, feature: str, needed_by: str) -> Float64[np.ndarray, "n d"]:
    """Return one feature as a column, or all where none is named.

    Args:
        profiles: Their features are finite.
        feature: A name; empty: all.
        needed_by: The metric that looks at them, for messages.

    Raises:
        InputError: There is no such feature, or one is not finite.
    """
    if not feature:
        return profiles.finite(needed_by)
    if feature not in profiles.names:
        raise InputError(
            f"no feature '{feature}'",
            where=f"{needed_by}.feature",
            fix=f"there are {len(profiles.names)}, as {', '.join(profiles.names[:_SHOWN])}",
        )
    return profiles.finite(needed_by)[:, [profiles.names.index(feature)]]
