"""The section of channels: which stain carries each call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from phenolens.drawing.categories import natural
from phenolens.drawing.heat import heat
from phenolens.results.contents import RunContents
from phenolens.results.explained import call_column, is_real
from phenolens.sections.base import Section

_NAME = "channel_knock_out"


class ChannelKnockOut(Section):
    """Calls by channels: the share of each call that is lost without the channel."""

    title: ClassVar[str] = "Channels that carry a call"
    label: ClassVar[str] = "Channels"
    place: ClassVar[int] = 50

    @classmethod
    def of(cls, run: RunContents) -> ChannelKnockOut | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(
            grids=[(name, Grid.of(one.rows)) for name, one in found.items()],
            notes=[note for one in found.values() for note in one.notes],
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One call and channel, in words and as a colour.

    Attributes:
        lost: The share that is lost, as text.
        colour: Of its background: CSS.
        about: Interval, share alone, level of chance.
        beyond: Whether the interval is above what unfitting channels lose.
    """

    lost: str
    colour: str
    about: str
    beyond: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Calls by channels.

    Attributes:
        called: What the calls are about.
        channels: The columns.
        rows: Name of the call, how well it is separated from controls, whether that is real, cells.
    """

    called: str
    channels: tuple[str, ...]
    rows: tuple[tuple[str, float, bool, tuple[Cell, ...]], ...]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Grid:
        """Return the grid of an explanation's rows; real calls first, by the channel they need."""
        column, channels = call_column(table), tuple(pd.unique(table["channel"]))
        rows = []
        for name, part in table.groupby(column, observed=True, sort=False):
            one = part.set_index("channel").loc[list(channels)]
            cells = tuple(_cell(row) for row in one.to_dict("records"))
            most = int(one["lost"].fillna(-math.inf).to_numpy().argmax())
            first = one.iloc[0]
            real = is_real(float(first["p_holm"]))
            rows.append((not real, most, natural(str(name)), str(name), float(first["auc"]), cells))
        rows.sort(key=lambda row: row[:3])
        return cls(
            column,
            channels,
            tuple((name, auc, not off, cells) for off, _, _, name, auc, cells in rows),
        )


def _cell(row: dict[str, float]) -> Cell:
    lost, low, high = row["lost"], row["low"], row["high"]
    if not math.isfinite(lost):
        return Cell("\u2013", heat(0.0, 1.0), "no gap to lose", beyond=False)
    about = f"{low:.2f} to {high:.2f}; alone {row['alone']:.2f}; by chance {row['lost_chance']:.2f}"
    beyond = bool(low > max(row["lost_chance"], 0.0)) if math.isfinite(low) else False
    return Cell(f"{lost:.2f}".replace("-", "\u2212"), heat(min(lost, 1.0), 1.6), about, beyond)
