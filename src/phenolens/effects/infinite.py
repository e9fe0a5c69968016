"""Features that may be missing, but not infinite."""

from __future__ import annotations

import numpy as np

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def refuse_infinite(profiles: Profiles, needed_by: str) -> None:
    """Check that no feature is infinite; NaN may be among them.

    Raises:
        InputError: One is, or there is no feature: names the feature and the row.
    """
    if not profiles.names:
        profiles.not_empty(needed_by)
    if np.isfinite(profiles.features).all():
        return
    infinite = np.isinf(profiles.features)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise InputError(
            f"{needed_by} needs finite features; '{profiles.names[column]}' is "
            f"{profiles.features[row, column]} in {profiles.place(int(row))} "
            f"({count_of(int(infinite.sum()), 'such value')})",
            fix="drop or fill them in an earlier step; NaN may stay",
        )
