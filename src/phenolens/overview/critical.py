"""The critical-difference picture: cells on an axis, joined where no pair differs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from phenolens.drawing.numbers import p_text, shown
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup, tag
from phenolens.overview.compared import ALPHA, Compared
from phenolens.overview.entries import cut, digits_for, number, text
from phenolens.overview.gaps import Gaps
from phenolens.overview.means import Mean
from phenolens.overview.part import Part, fill

WIDTH, GUTTER = 980, 250  # of the picture and of the names on either side, in pixels
AXIS, STEP, ROW = 30, 8, 20  # place of the axis, height of a joining bar and of a name
LONGEST = 27  # letters of a name with its figure before it is cut


@dataclass(frozen=True, slots=True)
class Place:
    """One cell on the axis.

    Attributes:
        name: Of the cell.
        at: Its mean rank, or its value.
        baseline: Whether it is a baseline.
    """

    name: str
    at: float
    baseline: bool


@dataclass(frozen=True, slots=True)
class Critical:
    """The picture of one score.

    Attributes:
        key: Name of the score.
        title: As shown.
        svg: The picture.
        what: What the axis is.
        groups: The joined cells, in words.
        parted: Pairs of cells that share no bar and do not differ by more than chance, in words.
        left_out: Cells whose pairs were not all compared.
    """

    key: str
    title: str
    svg: Markup
    what: str
    groups: tuple[str, ...]
    parted: tuple[str, ...]
    left_out: tuple[str, ...]


def critical(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> Part | None:
    """Return the section, or None where no two cells were compared."""
    made = [_critical(compared, score, ones) for score, ones in ranked.items()]
    found = [one for one in made if one is not None]
    if not found:
        return None
    scores = [(one.key, one.title) for one in found]
    title = "Which differences are more than chance"
    return fill("critical", title, "More than chance", figures=found, scores=scores, alpha=ALPHA)


def _critical(compared: Compared, score: str, ones: Sequence[Mean]) -> Critical | None:
    gaps = Gaps.of(compared.differences, score)
    own = [one for one in ones if one.own and math.isfinite(one.value)]
    known = [one for one in own if any(one.name in pair for pair in gaps.pairs)]
    if len(known) < 2:
        return None
    ranks, better = _ranks(compared, score), compared.better_of(score)
    if all(one.name in ranks for one in known):
        places = [Place(one.name, ranks[one.name], one.baseline) for one in known]
        places.sort(key=lambda place: place.at)
        down, what = False, "mean rank over the treatments (1 is the best)"
    else:
        values = {one.name: abs(one.value) if better == "zero" else one.value for one in known}
        places = [Place(one.name, values[one.name], one.baseline) for one in known]
        down = better == "high"
        what = "distance from zero" if better == "zero" else "value, mean over seeds"
    runs = gaps.together([place.name for place in places])
    return Critical(
        key=score,
        title=compared.title(score),
        svg=draw(places, runs, down=down),
        what=what,
        groups=tuple(_words(places, first, last) for first, last in runs),
        parted=tuple(_parted(places, runs, gaps)),
        left_out=tuple(one.name for one in own if one not in known),
    )


def _ranks(compared: Compared, score: str) -> dict[str, float]:
    ranks = compared.ranks
    if "score" not in ranks:
        return {}
    rows = ranks[ranks["score"] == score].to_dict("records")
    found = {text(row["cell"]): number(row["rank"]) for row in rows}
    return {name: rank for name, rank in found.items() if math.isfinite(rank)}


def _words(places: Sequence[Place], first: int, last: int) -> str:
    names = [place.name for place in places[first : last + 1]]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _parted(places: Sequence[Place], runs: Sequence[tuple[int, int]], gaps: Gaps) -> Iterator[str]:
    """Yield the pairs that no bar joins although they do not differ by more than chance."""
    for i, j in combinations(range(len(places)), 2):
        if any(first <= i and j <= last for first, last in runs):
            continue
        gap = gaps.between(places[i].name, places[j].name)
        if math.isfinite(gap.p) and not gap.clear:
            yield f"{places[i].name} and {places[j].name} (p {p_text(gap.p)})"


def levels_of(runs: Sequence[tuple[int, int]]) -> list[int]:
    """Return the height at which each run is drawn, so that no two touch.

    Example:
        >>> levels_of([(0, 2), (1, 3), (4, 5)])
        [0, 1, 0]
    """
    ends: list[int] = []  # by level: where its last run ends
    found = []
    for first, last in runs:
        level = next((k for k, end in enumerate(ends) if end < first), len(ends))
        ends[level : level + 1] = [last]
        found.append(level)
    return found


def draw(places: Sequence[Place], runs: Sequence[tuple[int, int]], *, down: bool) -> Markup:
    """Return the picture.

    Args:
        places: The cells, the best first.
        runs: First and last place of the cells that are joined.
        down: Whether the axis runs from high to low, so that the best is at the left.
    """
    scale = Scale.around(place.at for place in places)
    wide = WIDTH - 2 * GUTTER

    def across(value: float) -> float:
        share = scale.percent(value) / 100
        return GUTTER + wide * (1 - share if down else share)

    levels = levels_of(runs)
    top = AXIS + 14 + STEP * (max(levels, default=-1) + 1)
    half = (len(places) + 1) // 2
    parts = [tag("line", class_="base", x1=GUTTER, x2=WIDTH - GUTTER, y1=AXIS, y2=AXIS)]
    for value in scale.ticks():
        x, words = across(value), f"{value:g}".replace("-", "\u2212")
        parts.append(tag("line", class_="base", x1=x, x2=x, y1=AXIS - 5, y2=AXIS))
        parts.append(tag("text", words, x=x, y=AXIS - 10, text_anchor="middle"))
    digits = digits_for(place.at for place in places)
    for i, place in enumerate(places):
        left = i < half
        row = i if left else len(places) - 1 - i
        parts.append(_label(place, across(place.at), top + ROW * (row + 0.6), digits, left=left))
    for (first, last), level in zip(runs, levels, strict=True):
        x1, x2 = sorted((across(places[first].at), across(places[last].at)))
        y = AXIS + 10 + STEP * level
        words = tag("title", f"No pair differs: {_words(places, first, last)}")
        bar = tag("line", words, class_="joined", x1=x1 - 4, x2=x2 + 4, y1=y, y2=y)
        parts.append(bar)
    height = round(top + ROW * half + 8)
    return tag(
        "svg", *parts, class_="critical", viewBox=f"0 0 {WIDTH} {height}", role="img",
        aria_label=f"{len(places)} cells on an axis, the best at the left",
    )  # fmt: skip


def _label(place: Place, x: float, y: float, digits: int, *, left: bool) -> Markup:
    """Return the name at the side, and the line that leads from it to the axis."""
    edge = GUTTER - 6 if left else WIDTH - GUTTER + 6
    figure = shown(place.at, digits)
    short = cut(place.name, LONGEST - len(figure))
    line = tag("path", class_="lead", d=f"M{x:.1f} {AXIS}V{y:.1f}H{edge}")
    name = tag("tspan", short, class_="name baseline" if place.baseline else "name")
    words = (name, f" {figure}") if left else (f"{figure} ", name)
    label = tag(
        "text", *words, x=edge - 5 if left else edge + 5, y=y + 4,
        text_anchor="end" if left else "start",
    )  # fmt: skip
    return tag("g", tag("title", f"{place.name}: {figure}"), line, label)
