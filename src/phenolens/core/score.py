"""Score: one number, with the per-row values it is the mean of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """One number by name, with the rows it is the mean of, its interval and its chance level.

    Attributes:
        name: As `nsc`.
        value: The score.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        hits: How many rows counted as a hit, for a score that is a share of rows.
        n: How many rows it is the mean of.
        null: Mean score under the permutation null (what chance gives).
        null_high: 95th percentile under the null.
        p: Share of permutations that reach the value, (1 + count) / (1 + permutations).
        rows: Per-row values: identifying columns, `value`, and what the metric adds.
        figures: Other numbers that came out of the same computation, by name (NaN: undefined).
        notes: Plain sentences: what was left out, and why.
    """

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    hits: int | None = None
    n: int = 0
    null: float = math.nan
    null_high: float = math.nan
    p: float = math.nan
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def summary(self) -> dict[str, object]:
        """Return the score without its rows, ready for JSON (NaN becomes None)."""
        numbers = {
            key: _finite(getattr(self, key))
            for key in ("value", "low", "high", "null", "null_high", "p")
        }
        figures = {name: _finite(value) for name, value in self.figures.items()}
        told = {"figures": figures} if figures else {}
        return {"hits": self.hits, "n": self.n, **numbers, **told, "notes": list(self.notes)}

    def __str__(self) -> str:
        share = f" ({self.hits}/{self.n})" if self.hits is not None else ""
        null = "" if math.isnan(self.null) else f", chance {self.null:.3f}"
        known = not (math.isnan(self.low) and math.isnan(self.high))
        interval = f" [{self.low:.3f}, {self.high:.3f}]" if known else ""
        return f"{self.name} {self.value:.3f}{share}{interval}{null}"


@runtime_checkable
class Metric(Protocol):
    """Profiles in, Score out."""

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score of these profiles."""
        ...


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
