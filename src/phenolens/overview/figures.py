"""All figures: cells x scores as a table that can be sorted, and every row of the long table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phenolens.drawing.numbers import shown
from phenolens.overview.compared import Compared
from phenolens.overview.entries import digits_for, interval, number, text
from phenolens.overview.means import Mean
from phenolens.overview.part import Part, fill

MOST_ROWS = 3000  # of the long table on the page: about 0.8 MB
_NUMBERS = ("value", "low", "high", "null")


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure: as shown, with its spread, and as a number to sort by."""

    shown: str
    spread: str
    value: str


def figures(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> Part | None:
    """Return the section, or None where nothing was scored."""
    if compared.table.empty:
        return None
    by_name: dict[str, dict[str, Mean]] = {}
    for score, ones in ranked.items():
        for one in ones:
            by_name.setdefault(one.name, {})[score] = one
    cells = dict.fromkeys(map(text, compared.table["cell"]))
    order = sorted(by_name, key=lambda name: (_baseline(by_name[name]), _at(name, list(cells))))
    digits = {score: digits_for(one.value for one in ones) for score, ones in ranked.items()}
    rows = [
        (
            name,
            _baseline(by_name[name]),
            [_entry(by_name[name].get(score), digits[score]) for score in ranked],
        )
        for name in order
    ]
    return fill(
        "figures",
        "All figures",
        scores=compared.switch(),
        rows=rows,
        long=long_rows(compared)[:MOST_ROWS],
        more=max(0, len(compared.table) - MOST_ROWS),
    )


def long_rows(compared: Compared) -> list[list[str]]:
    """Return the rows of the long table as text: cell, seed, score, the figures, n, hits."""
    found = []
    for row in compared.table.to_dict("records"):
        values = [number(row.get(key)) for key in _NUMBERS]
        counts = [text(row.get(key)) for key in ("n", "hits")]
        figures = [shown(value, 4) for value in values]
        score = compared.title(text(row["score"]))
        found.append([text(row["cell"]), text(row["seed"]), score, *figures, *counts])
    return found


def _baseline(scores: Mapping[str, Mean]) -> bool:
    return next(iter(scores.values())).baseline


def _at(name: str, cells: Sequence[str]) -> int:
    """Return the place of a name in the grid; baselines with choices in their name come last."""
    return cells.index(name) if name in cells else len(cells)


def _entry(one: Mean | None, digits: int) -> Entry:
    if one is None or not math.isfinite(one.value):
        return Entry(shown(math.nan), "", "")
    parts = [f"± {shown(one.sd, digits)}" if math.isfinite(one.sd) else ""]
    parts.append(interval(one.low, one.high, digits))
    return Entry(shown(one.value, digits), " ".join(filter(None, parts)), f"{one.value:.6g}")
