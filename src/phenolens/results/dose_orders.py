"""Dose orders: whether each drug's curves go further from the controls with every dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from phenolens.results.contents import RunContents, number
from phenolens.results.treatments import text

_NEEDED = {"compound", "order", "value", "doses", "curves"}
_WORDS = {
    "rises": ("\u2197", "rises with the dose"),
    "not monotone": ("\u21c5", "not monotone in the dose"),
}
_UNCLEAR = ("?", "dose order: cannot tell")


@dataclass(frozen=True, slots=True)
class DoseOrder:
    """The answer of the metric `dose_order` for one drug in one cell line.

    Attributes:
        answer: `rises`, `not monotone` or `cannot tell`.
        trend: Somers' D of dose and distance.
        doses: How many.
        curves: How many.
    """

    answer: str
    trend: float
    doses: int
    curves: int

    @property
    def arrow(self) -> str:
        """A sign for it."""
        return _WORDS.get(self.answer, _UNCLEAR)[0]

    @property
    def words(self) -> str:
        """The answer in words."""
        return _WORDS.get(self.answer, _UNCLEAR)[1]


def dose_orders_of(run: RunContents) -> dict[tuple[str, str], DoseOrder]:
    """Return (compound, cell line) -> its order of doses; empty where none was scored."""
    for rows in run.rows.values():
        if set(rows.columns) >= _NEEDED:
            return dict(_one(row) for row in rows.to_dict("records"))
    return {}


def _one(row: dict[str, Any]) -> tuple[tuple[str, str], DoseOrder]:
    whose = text(row["compound"]) or "", text(row.get("cell_line")) or ""
    counts = (int(number(row[name])) for name in ("doses", "curves"))
    return whose, DoseOrder(text(row["order"]) or "", number(row["value"]), *counts)
