"""The section of knock-outs: what a call needs, and what it can do without."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from phenolens.core.model_names import LONE
from phenolens.drawing.categories import natural
from phenolens.drawing.heat import strength
from phenolens.results.contents import RunContents
from phenolens.results.explained import call_column, heading_of, is_real
from phenolens.sections.base import Section

# Explanation -> heading, column of what is taken away, and how a value of it is put in words.
_KINDS = {
    "channel_knock_out": ("Channels", "channel", "without {}"),
    "compartment_knock_out": ("Compartments", "compartment", "flat {}"),
    "blur_knock_out": ("Detail", "blur", "blurred, {:g} px"),
}


_FULL = 4.0  # a share of 1 has half of the full colour, so that its text can be read


class KnockOuts(Section):
    """Calls by channels, compartments and blurs: the share of each call that is lost without."""

    title: ClassVar[str] = "What a call needs"
    label: ClassVar[str] = "Knock-outs"
    place: ClassVar[int] = 51
    explains: ClassVar[tuple[str, ...]] = tuple(_KINDS)

    @classmethod
    def of(cls, run: RunContents) -> KnockOuts | None:
        """Return the section, or None where the run was not asked."""
        grids: list[tuple[str, Grid]] = []
        notes: list[str] = []
        for name, (heading, column, words) in _KINDS.items():
            for model, one in run.explanations.get(name, {}).items():
                title = heading if model in LONE else f"{heading}, {model}"
                grids.append((title, Grid.of(one.rows, column, words)))
                notes += one.notes
        if not grids:
            return None
        return cls.fill(
            grids=grids,
            heading_of=heading_of,
            notes=list(dict.fromkeys(notes)),
            kinds={name for name in _KINDS if name in run.explanations},
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One call and what was taken away, in words and as a colour.

    Attributes:
        lost: The share that is lost, as text.
        strength: Of its background, in percent of the full colour.
        about: Interval, share alone, level of chance.
        beyond: Whether the interval is above 0, and above what chance loses where that is known.
    """

    lost: str
    strength: int
    about: str
    beyond: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Calls by what was taken away.

    Attributes:
        called: What the calls are about.
        columns: What was taken away, in words.
        rows: Name of the call, how well it is separated from controls, whether that is real, cells.
    """

    called: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, float, bool, tuple[Cell, ...]], ...]

    @classmethod
    def of(cls, table: pd.DataFrame, column: str, words: str) -> Grid:
        """Return the grid of an explanation's rows; real calls first, by what they need most.

        Args:
            table: Rows of a knock-out.
            column: Of what was taken away.
            words: How a value of it is written.
        """
        called, taken = call_column(table), list(pd.unique(table[column]))
        rows = []
        for name, part in table.groupby(called, observed=True, sort=False):
            one = part.set_index(column).loc[taken]
            cells = tuple(_cell(row) for row in one.to_dict("records"))
            most = int(one["lost"].fillna(-math.inf).to_numpy().argmax())
            first = one.iloc[0]
            off = not is_real(float(first["p_holm"]))
            rows.append((off, most, natural(str(name)), str(name), float(first["auc"]), cells))
        rows.sort(key=lambda row: row[:3])
        found = tuple((name, auc, not off, cells) for off, _, _, name, auc, cells in rows)
        return cls(called, tuple(words.format(value) for value in taken), found)


def _cell(row: Mapping[str, float]) -> Cell:
    lost, low, high = row["lost"], row["low"], row["high"]
    if not math.isfinite(lost):
        return Cell("\u2013", 0, "no gap to lose", beyond=False)
    about = f"{low:z.2f} to {high:z.2f}"
    if "alone" in row:
        about += f"; alone {row['alone']:.2f}"
    chance = row.get("lost_chance", 0.0)
    if "lost_chance" in row:
        about += f"; by chance {chance:.2f}"
    beyond = bool(low > 0 and low > chance)  # not where one of them is unknown
    minus = str.maketrans("-", "\u2212")
    return Cell(
        f"{lost:z.2f}".translate(minus), strength(lost, _FULL), about.translate(minus), beyond
    )
