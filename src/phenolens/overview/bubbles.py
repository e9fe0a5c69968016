"""Bubbles: a value over a cost, on a logarithmic axis; the area of a bubble is a third quantity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup, percent, tag

SMALLEST, LARGEST = 4.0, 15.0  # radius in pixels
TIMES = {  # marks of the axis of time
    0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 300: "5 min", 1800: "30 min", 7200: "2 h",
    28_800: "8 h", 86_400: "1 day", 604_800: "1 week",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bubble:
    """One cell.

    Attributes:
        name: Of the cell.
        cost: Seconds, more than 0.
        value: Its score.
        size: What its area shows; NaN where it is not known.
        baseline: Drawn open.
        number: Written next to it where it is on the front, 0 where it is not.
        words: Shown when it is pointed at.
    """

    name: str
    cost: float
    value: float
    size: float
    baseline: bool
    number: int
    words: str


def draw(
    bubbles: Sequence[Bubble],
    title: str,
    what: str,
    reference: tuple[str, float] | None = None,
    *,
    low: bool = False,
) -> Markup:
    """Return the picture, and the front as a line.

    Args:
        bubbles: One per cell.
        title: Of the score.
        what: What the cost is.
        low: Whether low values are good: the numbers are then below the bubbles.
        reference: Name and value of what has no cost, drawn as a line.
    """
    costs = [bubble.cost for bubble in bubbles]
    x = Scale(min(costs) / 1.25, max(costs) * 1.25, log=True)
    keep = [reference[1]] if reference else []
    y = Scale.around((bubble.value for bubble in bubbles), keep=keep)
    marks = [*_grid(x, y, what)]
    if reference and math.isfinite(reference[1]):
        marks += _reference(*reference, y)
    front = sorted((b for b in bubbles if b.number), key=lambda b: b.number)
    for one, after in pairwise(front):
        places = {"x1": percent(x.percent(one.cost)), "y1": percent(100 - y.percent(one.value))}
        places |= {
            "x2": percent(x.percent(after.cost)),
            "y2": percent(100 - y.percent(after.value)),
        }
        marks.append(tag("line", class_="front", **places))
    largest = max((b.size for b in bubbles if b.size > 0), default=math.nan)
    for bubble in sorted(bubbles, key=lambda b: -b.size if b.size == b.size else 0.0):
        marks.append(_bubble(bubble, x, y, largest, low=low))
    label = f"{title} over {what} of {len(bubbles)} cells"
    return tag("svg", *marks, class_="bubbles", role="img", aria_label=label)


def _grid(x: Scale, y: Scale, what: str) -> Iterator[Markup]:
    for value in y.ticks():
        top = percent(100 - y.percent(value))
        yield tag("line", class_="grid", x1="0%", x2="100%", y1=top, y2=top)
        words = f"{value:g}".replace("-", "\u2212")
        yield tag("text", words, x=-8, y=top, dy=4, text_anchor="end")
    for value, words in ticks(x):
        across = percent(x.percent(value))
        yield tag("line", class_="grid", x1=across, x2=across, y1="0%", y2="100%")
        yield tag("text", words, x=across, y="100%", dy=18, text_anchor="middle")
    yield tag("text", what, x="100%", y="100%", dy=36, text_anchor="end")


def _reference(name: str, value: float, y: Scale) -> Iterator[Markup]:
    top = percent(100 - y.percent(value))
    yield tag("line", class_="reference", x1="0%", x2="100%", y1=top, y2=top)
    yield tag("text", name, x="100%", y=top, dy=-5, text_anchor="end")


def ticks(x: Scale) -> list[tuple[float, str]]:
    """Return the marks of an axis of seconds: round times, or the ends where it holds too few.

    Example:
        >>> [words for _, words in ticks(Scale(50, 2000, log=True))]
        ['1 min', '5 min', '30 min']
    """
    found = [(float(value), words) for value, words in TIMES.items() if x.low <= value <= x.high]
    if len(found) >= 2:
        return found
    middle = math.sqrt(x.low * x.high)
    return [(value, f"{value:.3g} s") for value in (x.low, middle, x.high)]


def _bubble(bubble: Bubble, x: Scale, y: Scale, largest: float, *, low: bool) -> Markup:
    share = bubble.size / largest if bubble.size > 0 else math.nan
    radius = SMALLEST if share != share else max(SMALLEST, LARGEST * math.sqrt(share))
    cx, cy = percent(x.percent(bubble.cost)), percent(100 - y.percent(bubble.value))
    kind = "baseline" if bubble.baseline else "front" if bubble.number else "cell"
    parts = [tag("title", bubble.words), tag("circle", class_=kind, cx=cx, cy=cy, r=radius)]
    if bubble.number:
        away = {"dx": -radius - 2, "dy": radius + 8 if low else 2 - radius}
        parts.append(tag("text", str(bubble.number), class_="number", x=cx, y=cy,
                         text_anchor="end", **away))  # fmt: skip
    return tag("g", *parts, tabindex=0 if bubble.number else None)
