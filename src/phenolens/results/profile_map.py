"""The map of profiles: the layout, the ways to colour it, what hovering shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.threads import kept_threads
from phenolens.core.values import SEPARATOR
from phenolens.drawing.categories import CONTROL, SEVERAL, SHAPES, Category, categorise
from phenolens.drawing.effects import CLASSES, effect_category
from phenolens.drawing.figures import scatter
from phenolens.drawing.packed import Packed, packed
from phenolens.drawing.projection import Projection, project
from phenolens.drawing.svg import Markup
from phenolens.results.treatments import Row, mechanisms, text

COLOURINGS = {
    "moa": "Mechanism",
    "effect_called": "Effect class",
    "compound": "Compound",
    "cluster": "Cluster",
    "batch": "Batch",
    "plate": "Plate",
    "cell_line": "Cell line",
}
_PLACES = frozenset({"batch", "plate", "cell_line"})
MOST_MARKS = 3000  # points that are elements of the page; more are drawn on a canvas
_KINDS = 24  # of compounds and clusters: more have no colours of their own


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
        svg: Coloured the first way; None where a script draws the points (more than MOST_MARKS).
        projection: How it was laid out.
        colourings: The ways to colour it.
        data: Points and categories, for JSON.
    """

    svg: Markup | None
    projection: Projection
    colourings: tuple[Colouring, ...]
    data: Mapping[str, Any]

    @classmethod
    def of(
        cls, profiles: Profiles, rows: Sequence[Row], seed: int, thumbs: Mapping[str, int]
    ) -> ProfileMap | None:
        """Lay out the profiles; None where that is not possible, or would show nothing.

        A cloud of equal marks shows nothing, unless pointing at one shows a picture or neighbours.

        Args:
            profiles: One row per treatment.
            rows: The treatments with their neighbours.
            seed: Of the layout.
            thumbs: Treatment -> number of its example image.
        """
        colourings = _colourings(profiles.meta)
        if not colourings and not thumbs and not any(row.answers for row in rows):
            return None
        with kept_threads():  # UMAP changes their number
            projection = project(profiles.features, seed)
        if projection is None:
            return None
        colourings = colourings or (_colouring("moa", mechanisms(profiles.meta)),)
        first, points = colourings[0], projection.points
        few = len(points) <= MOST_MARKS
        return cls(
            svg=scatter(points, first.kinds, first.codes) if few else None,
            projection=projection,
            colourings=colourings,
            data={
                "shapes": SHAPES,
                "colourings": {c.key: _plain(c) for c in colourings},
                **Packed.of(points).plain(),
            },
        )


def _colourings(meta: pd.DataFrame) -> tuple[Colouring, ...]:
    """Return one colouring per column with several values; compounds where no mechanism is known.

    An annotated mechanism counts also where it is the only one.
    """
    annotated = any(name not in {None, CONTROL} for name in mechanisms(meta))
    made = []
    for key in COLOURINGS:
        if key == "moa":
            if annotated:
                made.append(_colouring(key, mechanisms(meta)))
        elif key in meta.columns and not (key == "compound" and annotated):
            values = _values(key, meta)
            if len(set(values)) > 1 and (key in _PLACES or len(set(values)) <= _KINDS):
                made.append(_colouring(key, values))
    return tuple(made)


def _values(key: str, meta: pd.DataFrame) -> list[str | None]:
    texts = [text(value) for value in meta[key]]
    if key in _PLACES:
        return [SEVERAL if value and SEPARATOR in value else value for value in texts]
    if key == "cluster":  # controls are clustered too
        return texts
    control = control_rows(meta)
    return [CONTROL if one else value for one, value in zip(control, texts, strict=True)]


def _colouring(key: str, values: Sequence[str | None]) -> Colouring:
    """Return the categories of a column; classes of effects have marks and order of their own."""
    if key == "effect_called":
        names = [name if name == CONTROL else effect_category(name).name for name in values]
        there = [name for name in (*CLASSES, CONTROL) if name in names]
        aside = {kind.name: kind for kind in categorise(names)[0]}
        marks = tuple(
            aside[name] if name == CONTROL else effect_category(name, names.count(name))
            for name in there
        )
        return Colouring(key, COLOURINGS[key], marks, [there.index(name) for name in names])
    return Colouring(key, COLOURINGS[key], *categorise(values))


def _plain(colouring: Colouring) -> dict[str, Any]:
    kinds = [{"name": k.name, "colour": k.colour, "shape": k.shape} for k in colouring.kinds]
    return {"kinds": kinds, "codes": packed(colouring.codes)}
