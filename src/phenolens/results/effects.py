"""Effects: the class of each treatment in each cell line, its onset, and what both rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.reading.flags import control_rows
from phenolens.drawing.categories import natural
from phenolens.results.contents import RunContents, number
from phenolens.results.names import Names
from phenolens.results.treatments import text

_COLUMNS = ("effect_called", "onset")


@dataclass(frozen=True, slots=True)
class Effect:
    """What was found for one treatment in one cell line.

    Attributes:
        name: Compound and dose; and cell line, where the run has several.
        compound: Its name.
        concentration: NaN where the table has none.
        dose: The same with its unit, in words.
        curves: How many rows it has.
        cell_line: Empty where the table has none.
        called: The class; empty where none was called.
        confidence: How probable the class is; NaN where it is not known.
        evidence: In words.
        onset: Hours; NaN without one.
        low: Lower end of its interval.
        high: Upper end.
        note: Why there is no onset.
        truth: The class that the table knows, as a simulated screen does; empty without one.
        treatment: What the table calls compound and dose; empty where it does not.
    """

    name: str
    compound: str
    concentration: float
    dose: str
    curves: int
    cell_line: str
    called: str
    confidence: float
    evidence: str
    onset: float
    low: float
    high: float
    note: str
    truth: str
    treatment: str = ""

    @property
    def order(self) -> tuple[object, ...]:
        """A sort key: by name, and doses as numbers."""
        dose = -math.inf if math.isnan(self.concentration) else self.concentration
        return natural(self.compound), natural(self.cell_line), dose


def effects_of(run: RunContents) -> list[Effect]:
    """Return the effects of a run's trajectories, by name and dose; empty where there are none."""
    if run.profiles is None:
        return []
    meta = run.profiles.meta
    if "compound" not in meta.columns or not any(name in meta.columns for name in _COLUMNS):
        return []
    meta = meta[~control_rows(meta)]
    by = [c for c in ("compound", "concentration", "cell_line") if c in meta.columns]
    curves = meta.groupby(by, dropna=False, observed=True)[by[0]].transform("size")
    first = meta.assign(_curves=curves).drop_duplicates(by)
    names = Names.of(run.profiles.meta)
    found = [_effect(row, names) for row in first.to_dict("records")]
    return sorted(found, key=lambda effect: effect.order)


def top_doses(effects: list[Effect]) -> list[Effect]:
    """Return the effect of the highest dose of each drug in each cell line."""
    last = {(effect.compound, effect.cell_line): effect for effect in effects}
    return list(last.values())


def _effect(row: dict[str, object], names: Names) -> Effect:
    def words(name: str) -> str:
        return text(row.get(name)) or ""

    compound, line = words("compound"), words("cell_line")
    concentration = _number(row.get("concentration"))
    return Effect(
        name=names.treatment(compound, concentration, line),
        compound=compound,
        concentration=concentration,
        dose=names.dose(concentration),
        curves=int(_number(row["_curves"])),
        cell_line=line,
        called=words("effect_called"),
        confidence=_number(row.get("effect_confidence")),
        evidence=words("effect_evidence"),
        onset=_number(row.get("onset")),
        low=_number(row.get("onset_low")),
        high=_number(row.get("onset_high")),
        note=words("onset_note"),
        truth=words("effect"),
        treatment=words("treatment"),
    )


def _number(value: object) -> float:
    if isinstance(value, np.generic):
        value = value.item()
    return math.nan if value is pd.NA else number(value)
