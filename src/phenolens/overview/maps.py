"""The maps: the profiles of every cell in the plane, small, in the same colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phenolens.drawing.categories import Category, categorise
from phenolens.drawing.svg import Markup, tag
from phenolens.overview.cell_map import MOST_MAPS, CellMap
from phenolens.overview.compared import Compared
from phenolens.overview.part import Part, fill

COLOURS = 12  # kinds with a colour of their own: points this small have no other mark


@dataclass(frozen=True, slots=True)
class SmallMap:
    """The map of one cell; `trust` is the share of true neighbours among those of the map."""

    cell: str
    svg: Markup
    trust: float
    points: int


def maps(compared: Compared) -> Part | None:
    """Return the section, or None where there is no map."""
    if not compared.maps:
        return None
    values = [value for one in compared.maps for value in one.values]
    kinds, codes = categorise(values, COLOURS)
    drawn, start = [], 0
    for one in compared.maps:
        own = codes[start : start + len(one.values)]
        start += len(one.values)
        drawn.append(SmallMap(one.cell, draw(one, kinds, own), one.trust, len(one.points)))
    first = compared.maps[0]
    return fill(
        "maps",
        "Maps of the profiles",
        "Maps",
        maps=drawn,
        kinds=kinds,
        column={"moa": "mechanism"}.get(first.column, first.column),
        methods=list(dict.fromkeys(one.method for one in compared.maps)),
        full=len(drawn) == MOST_MAPS,
    )


def draw(one: CellMap, kinds: Sequence[Category], codes: Sequence[int]) -> Markup:
    """Return the map of one cell: a path per kind, whose points are lines without length.

    Args:
        one: The cell's profiles in the plane.
        kinds: The colours, the same for all maps.
        codes: The kind of each point.
    """
    places: dict[int, list[str]] = {}
    for (x, y), code in zip(one.points, codes, strict=True):
        places.setdefault(code, []).append(
            f"M{4 + 92 * float(x):.1f} {4 + 92 * (1 - float(y)):.1f}h0"
        )
    size = 3.6 if len(codes) < 150 else 2.4 if len(codes) < 600 else 1.5
    # The grey ones, which are last, are drawn first: they hide nothing.
    paths = [
        tag(
            "path", d="".join(places[code]), data_kind=code,
            style=f"stroke:var({kinds[code].colour});stroke-width:{size}",
        )
        for code in sorted(places, reverse=True)
    ]  # fmt: skip
    label = f"Map of {len(codes)} profiles of {one.cell}"
    return tag("svg", *paths, class_="small-map", viewBox="0 0 100 100", role="img",
               aria_label=label)  # fmt: skip
