"""Aggregate: one profile a group of rows, by mean or median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.grouped import fingerprint, in_order, means, medians, metadata
from phenolens.profiling.groups import RowGroups


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """Mean or median of the rows that share some columns: cells to wells, wells to treatments.

    The papers' two orders are two chains of this step: wells by mean, then treatments by median
    (Perakis et al. 2021); crops to fields by median, (treatment, plate) by mean, then treatments
    by median (Cross-Zamirski et al. 2022). Groups come out sorted, whatever the order of the rows,
    and the result is the same to the last bit.

    Of the metadata, the columns of `by` stay, and so does what is constant within every group.
    `batch`, `plate`, `compound`, `moa` and the other known columns that vary are joined, sorted,
    as `Week1|Week2`, which `PairRule` reads as a set (values that are missing in part of a group
    are counted as `partly_missing`). What else varies is dropped and named. `control` must not
    vary. `count` says how many rows went in, over all aggregations.

    The median of an even number is the mean of the two middle values; WS-DINO's own code takes
    the lower of the two (`torch.median`).

    Attributes:
        by: Columns that the rows of a group share.
        how: Mean (in float64) or median, feature by feature.
        missing: Whether a row without a value in `by` is an error, or dropped and counted.
    """

    by: tuple[str, ...] = ("plate", "well")
    how: Literal["mean", "median"] = "mean"
    missing: Literal["refuse", "drop"] = "refuse"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return one profile a group.

        Raises:
            InputError: No such column, a row without a value in it, a group of controls and
                others, or a feature that is not finite.
        """
        if not self.by:
            raise InputError("aggregate needs at least one column", where="by")
        if not np.isfinite(profiles.features).all():
            profiles.finite("aggregate")
        groups = RowGroups.of(profiles, self.by, "aggregate")
        rows = self._rows(groups)
        kept = profiles if len(rows) == len(profiles) else profiles.take(rows)
        codes = groups.codes[rows]
        # Rows alike in group are summed in the order of their content, never of the table.
        order, start = in_order(fingerprint(kept.features), codes, len(groups))
        meta, facts = metadata(kept.meta.iloc[order], groups, codes[order], start)
        reduce = means if self.how == "mean" else medians
        return profiles.after(
            self,
            meta=meta,
            features=reduce(kept.features, order, start),
            rows_dropped=len(profiles) - len(kept),
            **facts,
        )

    def _rows(self, groups: RowGroups) -> Int64[np.ndarray, " k"]:
        """Return the rows that have a group."""
        rows = np.flatnonzero(groups.codes >= 0)
        lost = len(groups.codes) - len(rows)
        if not len(rows):
            raise InputError(f"aggregate: no row has a value for {list(self.by)}")
        if lost and self.missing == "refuse":
            raise InputError(
                f"aggregate: {lost} of {len(groups.codes)} rows have no value for {list(self.by)}",
                mend='fill them, or drop them with missing = "drop"',
            )
        return rows
