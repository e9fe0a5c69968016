"""Consensus: one profile per treatment, from its replicate wells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from phenolens.core.profiles import Profiles
from phenolens.grouping.incomplete import Incomplete
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.base import BaseStep


@dataclass(frozen=True, kw_only=True)
class Consensus(BaseStep):
    """One profile per treatment: the median (or mean, or MODZ) of its replicate wells.

    This is `aggregate` with other defaults, and is built on it: `consensus` is what pycytominer
    and LINCS call the step from wells to treatments (level 4 to level 5). All that the
    docstring of `aggregate` says holds: metadata in which replicates differ is joined or dropped,
    and named.

    pycytominer's `consensus` groups by plate and well by default, and keeps no metadata
    but these; its values are the same.

    Attributes:
        by: Columns that replicates share: add `cell_line` or `time` to keep these
            apart.
        how: Median, mean, or MODZ (see `aggregate`).
        min_weight: MODZ's least weight.
        precision: Decimals of MODZ's weights.
        missing: Whether a row without a value in `by` is an error, or dropped and counted.
        incomplete: What is done with rows that lack features, as in `aggregate`.
    """

    by: tuple[str, ...] = ("treatment",)
    how: Literal["median", "mean", "modz"] = "median"
    min_weight: float = 0.01
    precision: int = 4
    missing: Literal["refuse", "drop"] = "refuse"
    incomplete: Incomplete = "refuse"

    changes_rows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self._aggregate()  # its checks of the parameters are ours

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return one profile per treatment.

        Raises:
            InputError: As `aggregate`.
        """
        made = self._aggregate()(profiles)
        facts = made.provenance[-1]["facts"]
        return profiles.after(self, meta=made.meta, features=made.features, **facts)

    def fit(self, profiles: Profiles) -> Consensus:
        """Return the step itself: nothing is learned, rows are only combined."""
        del profiles
        return self

    @property
    def drops_by_features(self) -> bool:
        """Whether rows are left out by what their features are."""
        return self._aggregate().drops_by_features

    def on_any_features(self) -> BaseStep:
        """Return the step with the mean, which refuses no values of features."""
        return replace(self, how="mean")

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and MODZ of treatments in each batch."""
        return cls(), cls(by=("treatment", "batch"), how="modz")

    def _aggregate(self) -> Aggregate:
        return Aggregate(
            by=self.by,
            how=self.how,
            min_weight=self.min_weight,
            precision=self.precision,
            missing=self.missing,
            incomplete=self.incomplete,
        )
