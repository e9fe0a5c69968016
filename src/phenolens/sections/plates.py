"""The section of plates: every well in its place, coloured by what was measured in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from phenolens.drawing.numbers import p_text, signed
from phenolens.drawing.packed import Packed
from phenolens.drawing.svg import Markup
from phenolens.drawing.template import embed
from phenolens.results.contents import RunContents
from phenolens.results.parts import Part
from phenolens.results.plates import REAL, Measure, plates_of
from phenolens.results.plates import Plates as Wells
from phenolens.sections.base import Section
from phenolens.statistics.positions import PositionEffect

_UNKNOWN = PositionEffect(math.nan, math.nan, math.nan, math.nan, 0)


class Plates(Section):
    """Every plate as its grid of wells, and what the position on the plate does."""

    title: ClassVar[str] = "Plates"
    place: ClassVar[int] = 65

    @classmethod
    def of(cls, run: RunContents) -> Plates | None:
        """Return the section, or None where no table has plates and wells."""
        found = plates_of(run)
        if found is None or not found.measures:
            return None
        effects = [EffectRow.of(one) for one in found.measures if one.effect is not None]
        made = cls.fill(
            plates=found,
            data=Markup("") if run.in_parts else embed(script_data(found)),
            wells=len(found.meta),
            effects=effects,
            strongest=_named(found.measures),
            edges=any(math.isfinite(row.edge) for row in effects),
        )
        if not run.in_parts:
            return made
        return made.holding({"wells": Part(lambda: script_data(found))})


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One measure, and what its position on the plate does to it, in words."""

    title: str
    edge: float
    at_edge: str
    rows: str
    columns: str
    real: bool

    @classmethod
    def of(cls, measure: Measure) -> EffectRow:
        """Return the row of a measure that was asked for effects."""
        one = measure.effect or _UNKNOWN
        at_edge = "\u2013"
        if math.isfinite(one.edge):
            at_edge = f"{signed(one.edge)} SD, p {p_text(one.edge_p)}"
        rows, columns = (
            f"p {p_text(p)}" if math.isfinite(p) else "\u2013" for p in (one.row_p, one.column_p)
        )
        return cls(measure.title, one.edge, at_edge, rows, columns, measure.p < REAL)


def script_data(plates: Wells) -> dict[str, Any]:
    """Return the wells and their values for JSON; what can be coloured is packed."""
    names = {name: i for i, name in enumerate(plates.names)}
    treatments = sorted(set(plates.meta["treatment"]))
    codes = {name: i for i, name in enumerate(treatments)}
    values = np.stack([one.values for one in plates.measures], axis=1)
    return {
        "rows": plates.rows,
        "columns": plates.columns,
        "plates": list(plates.names),
        "treatments": treatments,
        "plate": [names[name] for name in plates.meta["plate"]],
        "row": plates.meta["row"].tolist(),
        "column": plates.meta["column"].tolist(),
        "treatment": [codes[name] for name in plates.meta["treatment"]],
        "control": plates.meta["control"].astype(int).tolist(),
        "measures": [one.title for one in plates.measures],
        **Packed.of(values).plain(),
    }


def _named(measures: Sequence[Measure]) -> str:
    """Return the strongest effect of a position in words; empty where none is real."""
    asked = [one for one in measures if one.effect is not None and one.p < REAL]
    if not asked:
        return ""
    one = asked[0]
    effect = one.effect or _UNKNOWN
    if effect.edge_p == effect.least_p:
        way = "lower" if effect.edge < 0 else "higher"
        what = f"wells at the edge are {abs(effect.edge):.2f} SD {way}"
    else:
        what = "rows differ" if effect.row_p == effect.least_p else "columns differ"
    return f"{one.title}: {what} (p {p_text(one.p)} after Holm\u2019s correction)"
