"""Effects: the class of each treatment in each cell line, its onset, and what both rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.reading.flags import control_rows
from phenolens.drawing.categories import natural
from phenolens.results.contents import RunContents, number
from phenolens.results.treatments import text

_COLUMNS = ("effect_called", "onset")


@dataclass(frozen=True, slots=True)
class Effect:
    """What was found for one treatment in one cell line.

    Attributes:
        compound: Its name.
        concentration: NaN where the table has none.
        cell_line: Empty where the table has none.
        called: The class; empty where none was called.
        confidence: Share of redraws with the same class; NaN where it is not known.
        evidence: In words.
        onset: Hours; NaN without one.
        low: Lower end of its interval.
        high: Upper end.
        note: Why there is no onset.
        truth: The class that the table knows, as a simulated screen does; empty without one.
    """

    compound: str
    concentration: float
    cell_line: str
    called: str
    confidence: float
    evidence: str
    onset: float
    low: float
    high: float
    note: str
    truth: str

    @property
    def name(self) -> str:
        """Compound, dose and cell line, in words."""
        dose = "" if math.isnan(self.concentration) else f" {self.concentration:g}"
        return f"{self.compound}{dose}" + (f" in {self.cell_line}" if self.cell_line else "")


def effects_of(run: RunContents) -> list[Effect]:
    """Return the effects of a run's trajectories, by name and dose; empty where there are none."""
    if run.profiles is None:
        return []
    meta = run.profiles.meta
    if "compound" not in meta.columns or not any(name in meta.columns for name in _COLUMNS):
        return []
    meta = meta[~control_rows(meta)]
    by = [c for c in ("compound", "concentration", "cell_line") if c in meta.columns]
    first = meta.drop_duplicates(by)
    found = [_effect(row) for row in first.to_dict("records")]
    return sorted(
        found, key=lambda e: (natural(e.compound), natural(e.cell_line), _dose(e.concentration))
    )


def top_doses(effects: list[Effect]) -> list[Effect]:
    """Return the effect of the highest dose of each drug in each cell line."""
    last = {(effect.compound, effect.cell_line): effect for effect in effects}
    return list(last.values())


def _effect(row: dict[str, object]) -> Effect:
    def words(name: str) -> str:
        return text(row.get(name)) or ""

    return Effect(
        compound=words("compound"),
        concentration=_number(row.get("concentration")),
        cell_line=words("cell_line"),
        called=words("effect_called"),
        confidence=_number(row.get("effect_confidence")),
        evidence=words("effect_evidence"),
        onset=_number(row.get("onset")),
        low=_number(row.get("onset_low")),
        high=_number(row.get("onset_high")),
        note=words("onset_note"),
        truth=words("effect"),
    )


def _dose(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _number(value: object) -> float:
    if isinstance(value, np.generic):
        value = value.item()
    return math.nan if value is pd.NA else number(value)
