"""The section of neighbours: the nearest treatments, and what makes them near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.drawing.categories import natural
from phenolens.drawing.numbers import shown
from phenolens.drawing.thumbnails import channel_colours, picture_uri
from phenolens.results.contents import RunContents
from phenolens.results.explained import call_column, channels_of, heading_of
from phenolens.sections.base import Section

_NAME = "neighbours"
_WITHOUT = "without_"
_MOST = 120  # treatments on one page
_MUCH = 0.5  # a share of the draws


class Neighbours(Section):
    """Each treatment with its nearest ones, their cosine with and without each channel."""

    title: ClassVar[str] = "Nearest treatments, and why"
    label: ClassVar[str] = "Neighbours"
    place: ClassVar[int] = 56
    explains: ClassVar[tuple[str, ...]] = (_NAME,)

    @classmethod
    def of(cls, run: RunContents) -> Neighbours | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(
            models=[
                (model, call_column(one.rows), _without(one), _lines(one, run), one)
                for model, one in found.items()
            ],
            heading_of=heading_of,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One treatment: its name and mechanism, its neighbours, and a picture of each of the pair.

    Attributes:
        name: Of the treatment.
        moa: Its mechanism; empty where it is not known.
        near: Its neighbours, the nearest first.
        pictures: Own tile and the neighbour's, as `data:` addresses; empty where there are none.
    """

    name: str
    moa: str
    near: tuple[Near, ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """One neighbour.

    Attributes:
        name: Of the treatment.
        moa: Its mechanism.
        hit: Whether the mechanism is the same; None where one is not known.
        cosine: As text, with its interval.
        first: Share of the draws of wells in which it is the nearest of all, as text.
        sure: Whether that is more than half.
        without: The cosine without each channel, as text.
        lost: The channel whose loss costs most, by its place; -1 where there is none.
        features: That add most to the cosine.
    """

    name: str
    moa: str
    hit: bool | None
    cosine: str
    first: str
    sure: bool
    without: tuple[str, ...]
    lost: int
    features: str


def _is_without(column: str) -> bool:
    return column.startswith(_WITHOUT) and column != f"{_WITHOUT}no_change"


def _without(one: Explanation) -> list[str]:
    """Return the channels that were taken away."""
    return [name.removeprefix(_WITHOUT) for name in one.rows if _is_without(str(name))]


def _lines(one: Explanation, run: RunContents) -> list[Line]:
    same = call_column(one.rows)
    pictures = _pictures(one, run)
    made = []
    for name, part in one.rows.groupby(same, observed=True, sort=False):
        rows = part.sort_values("rank").to_dict("records")
        made.append(
            Line(
                str(name),
                _text(rows[0].get("moa")),
                tuple(_near(row) for row in rows),
                pictures.get(str(name), ()),
            )
        )
    return sorted(made, key=lambda line: natural(line.name))[:_MOST]


def _near(row: Mapping[Any, Any]) -> Near:
    without = [float(row[key]) for key in row if _is_without(str(key))]
    own, other = _text(row.get("moa")), _text(row.get("neighbour_moa"))
    costs = [value for value in without if value == value]
    first = float(row["first"])
    return Near(
        name=str(row["neighbour"]),
        moa=other,
        hit=(own == other) if own and other else None,
        cosine=shown(row["cosine"]) + f" ({shown(row['low'])} to {shown(row['high'])})",
        first=f"{first:.0%}",
        sure=first > _MUCH,
        without=tuple(shown(value) for value in without),
        lost=without.index(min(costs)) if costs else -1,
        features=str(row["features"]),
    )


def _pictures(one: Explanation, run: RunContents) -> dict[str, tuple[str, ...]]:
    if "image" not in one.pictures or one.shown.empty:
        return {}
    colours = channel_colours(channels_of(one, run))
    made: dict[str, tuple[str, ...]] = {}
    for name, image in zip(one.shown.iloc[:, 0], one.pictures["image"], strict=True):
        made[str(name)] = (
            *made.get(str(name), ()),
            picture_uri(image, colours),
        )
    return made


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)
