"""The map of profiles: the layout, the ways to colour it, what hovering shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.core.threads import kept_threads
from phenolens.core.values import SEPARATOR
from phenolens.drawing.categories import SEVERAL, SHAPES, Category, categorise
from phenolens.drawing.figures import scatter
from phenolens.drawing.projection import Projection, project
from phenolens.drawing.svg import Markup
from phenolens.metrics.base import facts_of
from phenolens.results.treatments import Row, mechanisms, text

COLOURINGS = {"moa": "Mechanism", "batch": "Batch", "plate": "Plate", "cell_line": "Cell line"}


@dataclass(frozen=True, slots=True)
class Colouring:
    """One way to colour the map: a column, its categories, and each point's."""

    key: str
    title: str
    kinds: tuple[Category, ...]
    codes: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class ProfileMap:
    """The map and what its script needs.

    Attributes:
        svg: Coloured the first way.
        projection: How it was laid out.
        colourings: The ways to colour it.
        data: Points and categories, for JSON.
    """

    svg: Markup
    projection: Projection
    colourings: tuple[Colouring, ...]
    data: Mapping[str, Any]

    @classmethod
    def of(
        cls, profiles: Profiles, rows: Sequence[Row], seed: int, thumbs: Mapping[str, int]
    ) -> ProfileMap | None:
        """Lay out the profiles, or return None where that is not possible.

        Args:
            profiles: One row per treatment.
            rows: The treatments with their neighbours.
            seed: Of the layout.
            thumbs: Treatment -> number of its example image.
        """
        with kept_threads():  # UMAP changes their number
            projection = project(profiles.features, seed)
        if projection is None:
            return None
        colourings = _colourings(profiles.meta)
        first = colourings[0]
        names = _names(profiles.meta)
        return cls(
            svg=scatter(projection.points, first.kinds, first.codes),
            projection=projection,
            colourings=colourings,
            data={
                "shapes": SHAPES,
                "colourings": {c.key: _plain(c) for c in colourings},
                "titles": {key: facts_of(key).title for row in rows for key in row.answers},
                "points": _points(names, {row.treatment: row for row in rows}, thumbs),
            },
        )


def _colourings(meta: pd.DataFrame) -> tuple[Colouring, ...]:
    """Return one colouring per column with several values; the mechanism always."""
    colourings = []
    for key, title in COLOURINGS.items():
        if key == "moa":
            values = mechanisms(meta)
        elif key in meta.columns:
            texts = [text(value) for value in meta[key]]
            values = [SEVERAL if value and SEPARATOR in value else value for value in texts]
        else:
            continue
        kinds, codes = categorise(values)
        if key == "moa" or len(kinds) > 1:
            colourings.append(Colouring(key, title, kinds, codes))
    return tuple(colourings)


def _names(meta: pd.DataFrame) -> list[str]:
    column = "treatment" if "treatment" in meta.columns else meta.columns[0]
    return [text(value) or "" for value in meta[column]]


def _plain(colouring: Colouring) -> dict[str, Any]:
    kinds = [{"name": k.name, "colour": k.colour, "shape": k.shape} for k in colouring.kinds]
    return {"kinds": kinds, "codes": colouring.codes}


def _points(
    names: Sequence[str], rows: Mapping[str, Row], thumbs: Mapping[str, int]
) -> list[dict[str, Any]]:
    place = {name: i for i, name in enumerate(names)}
    points = []
    for name in names:
        row = rows.get(name)
        near = {
            key: {"name": a.neighbour, "moa": a.moa, "hit": a.hit, "at": place.get(a.neighbour)}
            for key, a in (row.answers.items() if row else ())
            if a.neighbour
        }
        facts = {"batch": row.batch, "count": row.count} if row else {}
        points.append({"name": name, **facts, "near": near, "thumb": thumbs.get(name)})
    return points
