"""Where: some rows only, by a condition on the metadata."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.profiling.base import BaseStep


@dataclass(frozen=True, kw_only=True)
class Where(BaseStep):
    """Keep the rows that a condition on the metadata selects, as `batch == "B03"`.

    Steps before it see all rows, steps and metrics after it the kept ones. So an encoder that was
    trained on some batches (`views.where`) is judged on the others alone. Nothing is learned: a
    fitted chain applies the same condition to other tables.

    Attributes:
        query: A condition (`phenolens.core.query`), as `batch != 'Week10' and not control`.
    """

    query: str

    changes_rows: ClassVar[bool] = True

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles of the selected rows, in their order.

        Raises:
            InputError: The query names an unknown column, cannot be read, is not a condition, or
                keeps nothing; or a feature of a kept row is not finite.
        """
        kept = profiles.take(matching(profiles.meta, self.query))
        kept.finite("where")
        made = profiles.after(self, meta=kept.meta, features=kept.features)
        return replace(made, source=kept.source)

    def fit(self, profiles: Profiles) -> Where:
        """Return the step itself: nothing is learned.

        Raises:
            InputError: The query cannot be applied to these profiles.
        """
        matching(profiles.meta, self.query)
        return self

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return a condition that every table of wells has."""
        return (cls(query="plate == plate"),)
