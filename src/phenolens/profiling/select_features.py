"""Select features: drop those that are noise, missing, extreme, constant or redundant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import at_least, between
from phenolens.corrections.blocklist import Blocklist
from phenolens.corrections.feature_filters import (
    CELLPROFILER_NOISE,
    blocked,
    correlation,
    filled,
    medians_of_finite,
    missing_share,
    rare_values,
    redundant,
    variance,
)
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.profiling.base import BaseStep, FittableStep, FittedStep

Operation = Literal[
    "blocklist",
    "drop_na_columns",
    "drop_outliers",
    "frequency_threshold",
    "variance_threshold",
    "correlation_threshold",
]
ORDER: tuple[Operation, ...] = (
    "blocklist",
    "drop_na_columns",
    "drop_outliers",
    "frequency_threshold",
    "variance_threshold",
    "correlation_threshold",
)
_TOLERANCE = 1e-6
_NAMED = 20  # dropped features that the facts name


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The features that are kept.

    Attributes:
        kept: Their places, rising.
        fill: With `missing = "median"` what a missing value of each becomes; else nothing.
    """

    kept: Int64[np.ndarray, " e"]
    fill: Float32[np.ndarray, " f"]

    def __post_init__(self) -> None:
        if len(self.fill) not in (0, len(self.kept)):
            raise InputError(f"fill has {len(self.fill)} values for {len(self.kept)} features")


@dataclass(frozen=True, kw_only=True)
class SelectFeatures(FittableStep[Selection]):
    """Feature selection with pycytominer's operations and names, in one stated order.

    1. `blocklist`: features known to be noise, by name or pattern.
    2. `drop_na_columns`: more than `na_cutoff` of the values are missing (NaN or infinite).
       What is missing then is refused, or its feature dropped, or filled (see `missing`).
    3. `drop_outliers`: some value is beyond +-`outlier_cutoff`. Meaningful after scaling.
    4. `frequency_threshold`: one value nearly everywhere, or few distinct ones.
    5. `variance_threshold`: a variance of `min_variance` or less. Meaningful after scaling.
    6. `correlation_threshold`: of two that correlate above `corr_threshold`, the one that
       correlates more with all the others.

    An operation not in `operations` is skipped; the order is always this one. Only the last
    operation looks at several features, so it comes last: pycytominer runs operations as listed,
    and where correlation comes first (as in the JUMP pipeline) good features are dropped because
    of one that is dropped later anyway.

    Only this step accepts values that are not finite, with `missing` other than "refuse" or in
    features that it drops. After it the highest correlation is at most the threshold: measured on
    the result, and written to the provenance with how many features each operation dropped.

    Attributes:
        operations: Which of the six to apply.
        blocklist: Names and patterns (`*`, `?`), or a file with one name per line, which is read
            when the step is made (a resolved recipe holds its path and fingerprint); unless given,
            the nuclear CellProfiler features known to be noise (no embedding has such a name).
        na_cutoff: Highest share of missing values that a feature may have.
        missing: A value still missing is an error; or its feature is dropped; or it becomes the
            median of its feature over all rows.
        outlier_cutoff: Highest absolute value that a feature may have.
        freq_cut: Least ratio of the second most common value's count to the most common one's.
        unique_cut: Least ratio of distinct values to rows.
        min_variance: A variance (ddof 0) must be above it.
        corr_threshold: Highest correlation of two features.
        corr_method: Of values or of ranks.
        anticorrelated: Whether two features with r below -`corr_threshold` are kept, as
            pycytominer does, or count as redundant.
        on: Judged by all rows, or by the negative controls; missing values by all rows always.
    """

    operations: tuple[Operation, ...] = ORDER
    blocklist: tuple[str, ...] | str | Blocklist = CELLPROFILER_NOISE
    na_cutoff: float = 0.05
    missing: Literal["refuse", "drop", "median"] = "refuse"
    outlier_cutoff: float = 500.0
    freq_cut: float = 0.05
    unique_cut: float = 0.01
    min_variance: float = 1e-6
    corr_threshold: float = 0.9
    corr_method: Literal["pearson", "spearman"] = "pearson"
    anticorrelated: Literal["keep", "drop"] = "keep"
    on: Literal["controls", "all"] = "all"

    def __post_init__(self) -> None:
        if isinstance(self.blocklist, str):
            object.__setattr__(self, "blocklist", Blocklist(file=self.blocklist))
        for name in ("na_cutoff", "freq_cut", "unique_cut", "corr_threshold"):
            between(0, 1, **{name: getattr(self, name)})
        at_least(0, outlier_cutoff=self.outlier_cutoff, min_variance=self.min_variance)

    state: ClassVar[type] = Selection
    accepts_missing: ClassVar[bool] = True

    def fit(self, profiles: Profiles) -> FittedStep[Selection]:
        """Return the step with what it learned; of a blocklist in a file, the names it found."""
        fitted = super().fit(profiles)
        if not isinstance(self.blocklist, Blocklist):
            return fitted
        found = np.array(profiles.names)[self._blocked(profiles)]
        return replace(fitted, step=replace(self, blocklist=tuple(found.tolist())))

    def learn(self, profiles: Profiles, base: Selection | None = None) -> Learned[Selection]:
        """Return which features are kept, and the profiles with these, in their order.

        Raises:
            InputError: No feature is left (says how many each operation dropped), a value is
                missing and to be refused, or no row is a control.
        """
        del base  # there are no groups
        dropped: dict[str, list[str]] = {}
        left = self._without(profiles, "blocklist", self._blocked, dropped)
        left = self._without(left, "drop_na_columns", self._missing, dropped)
        gaps = ~np.isfinite(left.features)
        if self.missing == "refuse" and gaps.any():
            left.finite("select_features")
        if self.missing == "drop":
            left = _drop(left, gaps.any(axis=0), "missing", dropped)
        elif gaps.any():
            left = replace(left, features=filled(left.features))
        judges: dict[Operation, Callable[[Profiles], Bool[np.ndarray, " d"]]] = {
            "drop_outliers": self._extreme,
            "frequency_threshold": self._rare,
            "variance_threshold": self._constant,
            "correlation_threshold": self._redundant,
        }
        for operation, judge in judges.items():
            left = self._without(left, operation, judge, dropped)
        facts: dict[str, Any] = {
            "features_in": len(profiles.names),
            "features_out": len(left.names),
            "dropped": {name: len(gone) for name, gone in dropped.items()},
            "dropped_first": {name: gone[:_NAMED] for name, gone in dropped.items()},
            "filled": int(gaps.sum()) if self.missing == "median" else 0,
            **self._listed(),
            **self._checked(left),
        }
        return Learned(self._selection(profiles, left.names), left.features, left.names, facts)

    def transform(self, profiles: Profiles, state: Selection) -> Float32[np.ndarray, "n e"]:
        """Return the features that were kept; a missing value is refused, or becomes the median.

        Raises:
            InputError: A value is missing, and `missing` is not "median".
        """
        x = profiles.features.take(state.kept, axis=1)
        gaps = ~np.isfinite(x)
        if not gaps.any():
            return x
        if self.missing != "median":
            names = tuple(profiles.names[i] for i in state.kept)
            replace(profiles, features=x, names=names).finite("select_features")
        return np.where(gaps, state.fill, x)

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and a strict selection by the controls."""
        return cls(), cls(corr_threshold=0.3, on="controls")

    def _selection(self, profiles: Profiles, names: tuple[str, ...]) -> Selection:
        place = {name: i for i, name in enumerate(profiles.names)}
        kept = np.array([place[name] for name in names], dtype=np.int64)
        if self.missing != "median":
            return Selection(kept, np.empty(0, dtype=np.float32))
        return Selection(kept, medians_of_finite(profiles.features.take(kept, axis=1)))

    def _without(
        self,
        profiles: Profiles,
        operation: Operation,
        judge: Callable[[Profiles], Bool[np.ndarray, " d"]],
        dropped: dict[str, list[str]],
    ) -> Profiles:
        """Return the profiles after an operation, if it is to be done."""
        if operation not in self.operations:
            return profiles
        return _drop(profiles, judge(profiles), operation, dropped)

    def _blocked(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        listed = self.blocklist.names if isinstance(self.blocklist, Blocklist) else self.blocklist
        return blocked(profiles.names, tuple(listed))

    def _missing(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        share = missing_share(profiles.features)
        return (share > self.na_cutoff) | (share == 1)  # without any value there is no median

    def _extreme(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        x = self._judged(profiles)
        found: Bool[np.ndarray, " d"] = (
            np.maximum(x.max(axis=0), -x.min(axis=0)) > self.outlier_cutoff
        )
        return found

    def _rare(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        return rare_values(self._judged(profiles), self.freq_cut, self.unique_cut)

    def _constant(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        return variance(self._judged(profiles)) <= self.min_variance

    def _redundant(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        return redundant(self._correlation(profiles), self.corr_threshold)

    def _correlation(self, profiles: Profiles) -> np.ndarray:
        r = correlation(self._judged(profiles), ranks=self.corr_method == "spearman")
        return np.abs(r) if self.anticorrelated == "drop" else r

    def _judged(self, profiles: Profiles) -> Float32[np.ndarray, "k d"]:
        """Return the rows that decide."""
        if self.on == "all":
            return profiles.features
        return profiles.features[profiles.controls("select_features")]

    def _listed(self) -> dict[str, Any]:
        """Return the fingerprint of a blocklist in a file, and how many names it has."""
        if not isinstance(self.blocklist, Blocklist):
            return {}
        return {
            "blocklist_sha256": self.blocklist.sha256,
            "blocklist_names": len(self.blocklist.names),
        }

    def _checked(self, left: Profiles) -> dict[str, Any]:
        """Return the highest correlation that is left."""
        if "correlation_threshold" not in self.operations or len(left.names) < 2:
            return {}
        r = self._correlation(left)
        np.fill_diagonal(r, -1.0)
        highest = float(r.max())
        check_invariant(
            "correlation after select_features", highest - self.corr_threshold, _TOLERANCE
        )
        return {"highest_correlation": highest}


def _drop(
    profiles: Profiles, gone: Bool[np.ndarray, " d"], why: str, dropped: dict[str, list[str]]
) -> Profiles:
    """Return the profiles without some features, and note them under `why`."""
    names = np.array(profiles.names)
    dropped[why] = names[gone].tolist()
    if gone.all():
        counts = ", ".join(f"{name} {len(found)}" for name, found in dropped.items())
        raise InputError(
            f"select_features leaves no feature (dropped by {counts})",
            fix="scale the features before, or loosen or leave out the operation that took most",
        )
    if not gone.any():
        return profiles
    return replace(
        profiles, features=profiles.features[:, ~gone], names=tuple(names[~gone].tolist())
    )
