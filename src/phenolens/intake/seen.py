"""What the pixels of a prepared screen show to be wrong, for the terminal, JSON and the page."""

from __future__ import annotations

from dataclasses import dataclass

from phenolens.core.counts import count_of
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen
from phenolens.intake.gallery import Group, galleries
from phenolens.quality.findings import findings
from phenolens.quality.looks import look


@dataclass(frozen=True, slots=True)
class SeenPixels:
    """What the pixels show.

    Attributes:
        words: How many images were looked at.
        groups: What was found, by kind, with pictures.
    """

    words: str
    groups: tuple[Group, ...]

    @classmethod
    def of(cls, store: Screen, threads: int = 2, progress: Progress = uncounted) -> SeenPixels:
        """Look at the images of a store, or at some of each well where they are many.

        Raises:
            InputError: An image cannot be read.
        """
        seen = look(store, threads, progress)
        count = len(seen.rows)
        which = "all images" if count == seen.of else f"{count:,} of {count_of(seen.of, 'image')}"
        more = "" if count == seen.of else ", some of each well"
        return cls(f"{which} were looked at{more}", tuple(galleries(seen, findings(seen))))

    @property
    def flags(self) -> dict[str, list[str]]:
        """Kind -> sentences."""
        return {group.kind: list(group.sentences) for group in self.groups}
