"""Film strips: the kept frames of a time-lapse screen, one strip per site, with its control's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from phenolens.core.reading.flags import control_rows
from phenolens.drawing.categories import natural
from phenolens.drawing.thumbnails import thumbnails
from phenolens.results.contents import Examples, number
from phenolens.results.names import Names
from phenolens.results.pictures import chosen, scale_bar
from phenolens.results.treatments import text


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its number on the page, hours, and data address."""

    number: int
    hours: float
    source: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The frames of one site.

    Attributes:
        name: The treatment, and the cell line where there are several.
        plate: Where it is.
        place: Plate, well and site in words.
        control: Whether it is a negative control.
        frames: In the order of time.
        bar: Length of the scale bar: micrometres, and percent of a frame's width; 0 where the
            pixel size is not known.
        treatment: As the table names it; empty where it does not.
    """

    name: str
    plate: str
    place: str
    control: bool
    frames: tuple[Frame, ...]
    bar: tuple[float, float]
    treatment: str = ""


def strips_of(examples: Examples) -> list[tuple[Strip, Strip | None]]:
    """Return each treatment's strip with that of a control of its plate, where one was kept."""
    kept = chosen(examples)
    meta = examples.meta.iloc[kept].reset_index(drop=True)
    sources = thumbnails(examples.images[kept], examples.channels)
    width = examples.images.shape[-1]
    place = [c for c in ("plate", "well", "site") if c in meta.columns]
    control = control_rows(meta)
    meta = meta.assign(_control=control, _number=range(len(meta)))
    names = Names.of(meta)
    strips = [
        _strip(rows, sources, width, names)
        for _, rows in meta.groupby([*place, "_control"], sort=False, observed=True)
    ]
    beneath: dict[str, Strip] = {}
    for strip in strips:
        if strip.control:
            beneath.setdefault(strip.plate, strip)
    treated = sorted((s for s in strips if not s.control), key=lambda strip: natural(strip.name))
    return [(strip, beneath.get(strip.plate)) for strip in treated]


def _name(first: pd.Series, names: Names) -> str:
    """Return compound and dose; the treatment or the well where the compound is not known."""
    line, compound = text(first.get("cell_line")) or "", text(first.get("compound"))
    dose = math.nan if first["_control"] else number(first.get("concentration"))
    if compound and (math.isfinite(dose) or first["_control"]):
        return names.treatment(compound, dose, line)
    known = (text(first.get(column)) for column in ("treatment", "compound", "well"))
    return names.course(next(filter(None, known), ""), line)


def _strip(rows: pd.DataFrame, sources: Sequence[str], width: int, names: Names) -> Strip:
    ordered = rows.sort_values("time", kind="stable")
    first = ordered.iloc[0]
    bar = scale_bar(number(first.get("pixel_size")), width)
    spots = [text(first.get(column)) for column in ("plate", "well", "site")]
    return Strip(
        name=_name(first, names),
        plate=spots[0] or "",
        place=" ".join(filter(None, spots)),
        control=bool(first["_control"]),
        frames=tuple(
            Frame(int(row["_number"]), float(row["time"]), sources[int(row["_number"])])
            for row in ordered.to_dict("records")
        ),
        bar=(bar.micrometres, bar.percent),
        treatment=text(first.get("treatment")) or "",
    )
