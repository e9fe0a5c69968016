"""Standardize: z-score within each plate (or other group), by its controls or by all its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.groups import RowGroups
from phenolens.profiling.invariant import hold

# A spread below a few units in float32's last place is rounding, not measurement.
_FLAT = 1e-6
_TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Standardize:
    """Z-score of every feature within each plate, by the mean and sd of its negative controls.

    After the step the rows it was fitted on have mean 0 and sd 1 in every group: measured on the
    result, and written to the provenance.

    Attributes:
        by: Columns that make a group; none for the whole table.
        on: Fitted on the negative controls, or on all rows of the group.
        ddof: 1 for the sample sd, 0 for the population's.
        constant: A feature that is constant in some group (its sd below 1e-6 of its size) is
            dropped everywhere, or set to zero in that group.
    """

    by: tuple[str, ...] = ("plate",)
    on: Literal["controls", "all"] = "controls"
    ddof: int = 1
    constant: Literal["drop", "zero"] = "drop"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the standardized profiles.

        Raises:
            InputError: A group has too few rows to fit on (names it), a row lies in no group or
                in several, a feature is not finite, or every feature is constant somewhere.
        """
        z = profiles.finite("standardize")
        groups = RowGroups.of(profiles, self.by, "standardize").every_row_in_one("standardize")
        fit = np.ones(len(z), dtype=bool)
        if self.on == "controls":
            fit = profiles.controls("standardize")
        flat = np.zeros((len(groups), z.shape[1]), dtype=bool)
        for k, rows in enumerate(groups):
            mean, sd, flat[k] = self._fit(z[rows[fit[rows]]], groups.name(k))
            z[rows] = np.where(flat[k], 0.0, (z[rows] - mean) / sd)
        somewhere = flat.any(axis=0)
        kept = ~somewhere if self.constant == "drop" else ~flat.all(axis=0)
        if not kept.any():
            raise InputError("standardize: every feature is constant in some group")
        names = tuple(np.array(profiles.names)[kept].tolist())
        made = z[:, kept].astype(np.float32)
        return profiles.after(
            self,
            features=made,
            names=names,
            groups=len(groups),
            constant=np.array(profiles.names)[somewhere].tolist(),
            features_out=len(names),
            **self._check(made, groups, fit, flat[:, kept]),
        )

    def _fit(
        self, x: Float[np.ndarray, "k d"], group: str
    ) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"], Bool[np.ndarray, " d"]]:
        """Return mean, sd (1 where there is none) and where there is none."""
        needed = max(2, self.ddof + 1)
        if len(x) < needed:
            what = "negative controls" if self.on == "controls" else "rows"
            raise InputError(
                f"standardize needs at least {needed} {what} in every group, "
                f"and {group} has {len(x)}",
                mend="leave the group out, or standardize by a coarser one",
            )
        mean, sd = x.mean(axis=0), x.std(axis=0, ddof=self.ddof)
        flat = sd <= _FLAT * np.abs(x).max(axis=0)
        return mean, np.where(flat, 1.0, sd), flat

    def _check(
        self,
        z: Float[np.ndarray, "n d"],
        groups: RowGroups,
        fit: Bool[np.ndarray, " n"],
        flat: Bool[np.ndarray, "g d"],
    ) -> dict[str, float]:
        """Return how far the mean is from 0 and the sd from 1, at worst over groups."""
        mean, sd = 0.0, 0.0
        for k, rows in enumerate(groups):
            x = z[rows[fit[rows]]].astype(np.float64)
            wanted = np.where(flat[k], 0.0, 1.0)
            mean = max(mean, float(np.abs(x.mean(axis=0)).max()))
            sd = max(sd, float(np.abs(x.std(axis=0, ddof=self.ddof) - wanted).max()))
        return {
            "mean_error": hold("mean after standardize", mean, _TOLERANCE),
            "sd_error": hold("sd after standardize", sd, _TOLERANCE),
        }
