"""The pixel step `mark_controls`: which wells are negative controls, where a table has a code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from phenolens.core.query import matching
from phenolens.core.screen import Screen


@dataclass(frozen=True, kw_only=True)
class MarkControls:
    """Name the negative controls by a query on the metadata; no pixel changes.

    For tables that mark them by a code of their own, as BBBC013's `SBS_Controls == '-1'`. What the
    layout found is replaced; positive controls are treatments. It is not replayed when a saved
    model embeds another screen, whose table has its own codes.

    Attributes:
        query: A condition (`phenolens.core.query`) that negative controls fulfil.
    """

    replayed: ClassVar[bool] = False

    query: str

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen with the column `control`; the history counts them.

        Raises:
            InputError: The query names an unknown column, cannot be read, is not a condition, or
                no image fulfils it.
        """
        control = matching(screen.meta, self.query)
        meta = screen.meta.assign(control=control)
        return screen.after(self, replace(screen, meta=meta), controls=int(control.sum()))

    @classmethod
    def example(cls, screen: Screen) -> MarkControls:
        """Return the step that takes the first well of each plate."""
        return cls(query=f"well == {screen.meta['well'].iloc[0]!r}")
