"""The pixel step `where`: keep some images of a screen, by their metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from phenolens.core.query import matching
from phenolens.core.screen import Screen


@dataclass(frozen=True, kw_only=True)
class Where:
    """Keep the images that a query on the metadata selects; the others are counted and named.

    It is not replayed when a saved model embeds another screen: it selects images of this one.

    Attributes:
        query: A condition (`phenolens.core.query`), as `batch != 'Week10' and not control`.
    """

    query: str

    replayed: ClassVar[bool] = False

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of the selected images, in their order.

        Raises:
            InputError: The query names an unknown column, cannot be read, is not a condition, or
                keeps nothing.
        """
        return screen.keep(self, matching(screen.meta, self.query))

    @classmethod
    def example(cls, screen: Screen) -> Where:
        """Return the step that keeps the images of the first plate."""
        return cls(query=f"plate == {screen.meta['plate'].iloc[0]!r}")
