"""Where: some rows only, by a condition on the metadata, or those that have their features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.grouping.incomplete import MissingFeatures, left_out
from phenolens.profiling.base import BaseStep


@dataclass(frozen=True, kw_only=True)
class Where(BaseStep):
    """Keep the rows that a condition on the metadata selects, as `batch == "B03"`.

    Steps before it see all rows, steps and metrics after it the kept ones. So an encoder that was
    trained on some batches (`views.where`) is judged on the others alone. Nothing is learned: a
    fitted chain applies the same condition to other tables.

    Rows may lack features. A step after it that needs all of them gets them with
    `incomplete = "drop"`: of a table over time a blank frame is left out, and its curve goes on.

    Attributes:
        query: A condition (`phenolens.core.query`), as `batch != 'Week10' and not control`. Empty:
            every row.
        incomplete: Rows without any feature are left out too (`drop_blank`), or rows with a missing
            feature (`drop`); they are counted, and the first are named.
    """

    query: str = ""
    incomplete: Literal["keep", "drop_blank", "drop"] = "keep"

    accepts_missing: ClassVar[bool] = True
    changes_rows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.query and self.incomplete == "keep":
            what = "needs a condition, or `incomplete`"
            raise InputError(what, where="query", fix="as query = \"batch == 'B03'\"")

    @property
    def drops_by_features(self) -> bool:
        """Whether rows are left out by what their features are."""
        return self.incomplete != "keep"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles of the selected rows, in their order.

        Raises:
            InputError: The query names an unknown column, cannot be read, is not a condition, or
                keeps nothing; every row lacks features; or a feature of a kept row is infinite.
        """
        kept = profiles.not_empty("where")
        kept = kept.take(matching(kept.meta, self.query)) if self.query else kept
        kept, facts = self._complete(kept)
        infinite = np.isinf(kept.features)
        if infinite.any():
            x = np.nan_to_num(kept.features, nan=0.0, posinf=np.inf, neginf=-np.inf)
            replace(kept, features=x).finite("where")
        made = profiles.after(self, meta=kept.meta, features=kept.features, **facts)
        return replace(made, source=kept.source)

    def fit(self, profiles: Profiles) -> Where:
        """Return the step itself: nothing is learned.

        Raises:
            InputError: The query cannot be applied to these profiles.
        """
        if self.query:
            matching(profiles.meta, self.query)
        return self

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return a condition that every table of wells has, and complete rows."""
        return cls(query="plate == plate"), cls(incomplete="drop")

    def _complete(self, profiles: Profiles) -> tuple[Profiles, dict[str, Any]]:
        """Return the rows that stay for their features, and what is written of the others."""
        if self.incomplete == "keep":
            return profiles, {}
        missing = MissingFeatures(len(profiles))
        missing.look(0, profiles.features)
        lost = missing.lost(self.incomplete)
        if lost.all():
            raise InputError(
                "where: every row has missing features, so `incomplete` would leave none",
                fix="see which features the table lacks",
            )
        return profiles.take(~lost), left_out(profiles, lost)
