"""CellMap: the profiles of one cell in the plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say, silent
from phenolens.core.threads import kept_threads
from phenolens.drawing.projection import Projection, project
from phenolens.overview.entries import text

MOST_MAPS, MOST_POINTS = 24, 2000
COLUMNS = ("moa", "compound", "treatment")  # the first that is there colours the points


@dataclass(frozen=True, slots=True, eq=False)
class CellMap:
    """The profiles of one cell in the plane.

    Attributes:
        cell: Its name.
        points: One per profile, in the unit square.
        values: What colours each point; None where it is not known.
        column: The column that these are of.
        method: `UMAP` or `PCA`, with its settings.
        trust: Share of map neighbours that are true neighbours; NaN where that is not known.
    """

    cell: str
    points: Float[np.ndarray, "n 2"]
    values: Sequence[str | None]
    column: str
    method: str
    trust: float


def lay_out(
    cells: Iterable[tuple[str, Callable[[], Profiles | None]]], seed: int = 0, say: Say = silent
) -> list[CellMap]:
    """Return the maps of the first cells, all laid out in this process.

    Of a cell with more than 2,000 profiles an even share of its rows is drawn.

    Args:
        cells: Name of each, and what reads its profiles (None: it has none).
        seed: Of the layouts.
        say: Called with one line before the first map, which may take a minute.
    """
    found: list[CellMap] = []
    for name, read in cells:
        if len(found) == MOST_MAPS:
            break
        if not found:
            say("make the maps of the cells: the first may take a minute")
        profiles = read()
        made = None if profiles is None else _map(name, _fewer(profiles), seed)
        found += [made] if made else []
    return found


def _map(name: str, profiles: Profiles, seed: int) -> CellMap | None:
    with kept_threads():  # UMAP changes their number
        made: Projection | None = project(profiles.features, seed)
    if made is None:
        return None
    column = next((name for name in COLUMNS if name in profiles.meta), "")
    values = [text(v) or None for v in profiles.meta[column]] if column else [None] * len(profiles)
    return CellMap(name, made.points, values, column, f"{made.method}: {made.detail}", made.trust)


def _fewer(profiles: Profiles) -> Profiles:
    """Return at most as many rows as a map draws, evenly over the table."""
    if len(profiles) <= MOST_POINTS:
        return profiles
    return profiles.take(np.linspace(0, len(profiles) - 1, MOST_POINTS).astype(np.int64))
