"""Aggregate: one profile per group of rows, by mean, median or MODZ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float32, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import above, between
from phenolens.grouping.group_metadata import metadata
from phenolens.grouping.grouped import by_group, in_order, means, medians, row_hashes
from phenolens.grouping.groups import RowGroups
from phenolens.grouping.incomplete import FIX, Incomplete, MissingFeatures, only_complete
from phenolens.grouping.moderated import moderated_means
from phenolens.profiling.base import BaseStep

_ROUNDED = 0.02  # rounding weights may shrink or stretch a profile by so much


@dataclass(frozen=True, kw_only=True)
class Aggregate(BaseStep):
    """Mean, median or MODZ of the rows that share some columns: cells to wells, wells to drugs.

    The papers' two orders are two chains of this step: wells by mean, then treatments by median
    (Perakis et al. 2021); crops to fields by median, (treatment, plate) by mean, then treatments
    by median (Cross-Zamirski et al. 2022). Groups come out sorted, whatever the order of the rows,
    and the result is the same to the last bit.

    Of the metadata, the columns of `by` stay, and so does what is constant within every group.
    `batch`, `plate`, `compound`, `moa` and the other known columns but `site` and `cell` are
    joined where they vary, sorted, as `Week1|Week2`, which `PairRule` reads as a set (values that
    are missing in part of a group are counted as `partly_missing`). Any other column that varies
    is dropped and named. `control` must not vary. `count` says how many rows went in, over all
    aggregations.

    The median of an even number is the mean of the two middle values; WS-DINO's own code takes
    the lower of the two (`torch.median`).

    Attributes:
        by: Columns that the rows of a group share.
        how: Mean (in float64) or median, feature by feature, or the moderated z-score: a mean
            weighted by how well each row agrees with the others (`modz`; Subramanian et al. 2017).
        min_weight: Least weight of a row in MODZ, before weights are divided by their sum.
        precision: Decimals that MODZ's weights are rounded to.
        missing: Whether a row without a value in `by` is an error, or dropped and counted.
        incomplete: Rows with missing features are an error; or those without any feature, as a
            frame without cells, are left out (`drop_blank`), or each with a missing one (`drop`).
            They are counted, the first are named, and a group without another row is gone.
    """

    by: tuple[str, ...] = ("plate", "well")
    how: Literal["mean", "median", "modz"] = "mean"
    min_weight: float = 0.01
    precision: int = 4
    missing: Literal["refuse", "drop"] = "refuse"
    incomplete: Incomplete = "refuse"

    changes_rows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        above(0, 1, min_weight=self.min_weight)
        between(1, 15, precision=self.precision)

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return one profile per group.

        Raises:
            InputError: No such column, a row without a value in it, a group of controls and
                others, or a feature that is not finite.
        """
        if not self.by:
            raise InputError("aggregate needs at least one column", where="by")
        if self.how == "modz" or not len(profiles):
            profiles.not_empty("aggregate")
        # A mean is finite where all its values are.
        strict = self.incomplete == "refuse"
        if strict and self.how != "mean" and not np.isfinite(profiles.features).all():
            profiles.finite("aggregate", FIX)
        groups = RowGroups.of(profiles, self.by, "aggregate")
        rows = self.rows(groups)
        dropped = len(profiles) - len(rows)
        missing = MissingFeatures(len(profiles))
        if not strict:
            missing.look(0, profiles.features)
        groups, lost = only_complete(profiles, groups, missing, self.incomplete, "aggregate")
        rows = np.flatnonzero(groups.codes >= 0)
        kept = profiles if len(rows) == len(profiles) else profiles.take(rows)
        codes = groups.codes[rows]
        if self.how == "modz":  # its sums are taken in the order of the rows' content
            order, start = in_order(row_hashes(kept.features), codes, len(groups))
        else:  # mean and median do not depend on the order within a group
            order, start = by_group(codes, len(groups))
        if not (strict or np.isfinite(kept.features).all()):
            kept.finite("aggregate", FIX)
        features, checks = self._reduce(kept.features, order, start)
        if not np.isfinite(features).all():
            profiles.finite("aggregate", FIX)
        meta, facts = metadata(kept.meta.iloc[order], groups, codes[order], start)
        return profiles.after(
            self,
            meta=meta,
            features=features,
            rows_dropped=dropped,
            **lost,
            **facts,
            **checks,
        )

    def fit(self, profiles: Profiles) -> Aggregate:
        """Return the step itself: nothing is learned, rows are only combined."""
        del profiles
        return self

    @property
    def drops_by_features(self) -> bool:
        """Whether rows are left out by what their features are."""
        return self.incomplete != "refuse"

    def on_any_features(self) -> BaseStep:
        """Return the step with the mean, which refuses no values of features."""
        return replace(self, how="mean")

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, the median and MODZ of treatments."""
        by = ("treatment",)
        return cls(), cls(by=by, how="median"), cls(by=by, how="modz")

    def _reduce(
        self,
        x: Float32[np.ndarray, "n d"],
        order: Int64[np.ndarray, " n"],
        start: Int64[np.ndarray, " g"],
    ) -> tuple[Float32[np.ndarray, "g d"], dict[str, Any]]:
        """Return one row per group, and what was checked."""
        if self.how != "modz":
            return (means if self.how == "mean" else medians)(x, order, start), {}
        made, weights = moderated_means(x, order, start, self.min_weight, self.precision)
        off = float(np.abs(np.add.reduceat(weights, start) - 1).max())
        if off > _ROUNDED:
            raise InputError(
                f"aggregate: MODZ weights rounded to {self.precision} decimals add up to 1 only "
                f"within {off:.3g} in a group of many rows",
                fix="raise `precision`",
            )
        return made, {"weight_sum_error": off}

    def rows(self, groups: RowGroups) -> Int64[np.ndarray, " k"]:
        """Return the rows that have a group.

        Raises:
            InputError: None has one, or some have none and `missing` is to refuse.
        """
        rows = np.flatnonzero(groups.codes >= 0)
        lost = len(groups.codes) - len(rows)
        if not len(rows):
            raise InputError(f"aggregate: no row has a value for {list(self.by)}")
        if lost and self.missing == "refuse":
            raise InputError(
                f"aggregate: {lost} of {len(groups.codes)} rows have no value for {list(self.by)}",
                fix='fill them, or drop them with missing = "drop"',
            )
        return rows
