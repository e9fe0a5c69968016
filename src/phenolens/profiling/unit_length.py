"""Unit length: every profile divided by its length, so that models side by side count alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.base import BaseStep


@dataclass(frozen=True, kw_only=True)
class UnitLength(BaseStep):
    """Every profile divided by its Euclidean length.

    Cosines stay as they are, and the mean of several wells is no longer that of the strongest.
    Where several models are put side by side (`joined`, `design = "per_channel"`), each then has
    the same weight, however many features it has: the cosine of two rows is the mean of the
    models' cosines. Put it after steps that centre. A profile of zeros stays one. Nothing is
    learned from other rows. A single feature is refused: only its sign would be left.
    """

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles, each of length 1.

        Raises:
            InputError: A feature is not finite, or there is one only.
        """
        x = _two_or_more(profiles).finite("unit_length").astype(np.float64)
        length = np.sqrt((x**2).sum(axis=1))
        made = x / np.where(length > 0, length, 1.0)[:, None]
        return profiles.after(
            self,
            features=made.astype(np.float32),
            zeros=int((length == 0).sum()),
            median_length=float(np.median(length)),
        )

    def fit(self, profiles: Profiles) -> UnitLength:
        """Return the step itself: nothing is learned."""
        _two_or_more(profiles).finite("unit_length")
        return self


def _two_or_more(profiles: Profiles) -> Profiles:
    """Return the profiles; of one feature only the sign would be left."""
    profiles.not_empty("unit_length")
    if len(profiles.names) == 1:
        what = f"unit_length leaves of one feature ({profiles.names[0]}) its sign alone"
        raise InputError(what, fix="leave the step out")
    return profiles
