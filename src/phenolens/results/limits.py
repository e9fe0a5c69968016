"""Limits: how much one page holds; the page of a run with more is a folder of parts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one page holds.

    Attributes:
        points: Of the map. A run with more is a folder.
        pictures: Example images. A run with more is a folder.
        in_parts: Pictures of a folder; of more, the first of each treatment are shown.
        block: Pictures of one part of a folder.
    """

    points: int = 50_000
    pictures: int = 2_000
    in_parts: int = 20_000
    block: int = 48
