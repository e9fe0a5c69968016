"""The matrix of paired differences: every cell less every other, with the largest as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from phenolens.drawing.numbers import p_text, shown, signed
from phenolens.drawing.svg import Markup, tag
from phenolens.overview.compared import ALPHA, Better, Compared
from phenolens.overview.entries import cut, interval
from phenolens.overview.gaps import Gap, Gaps
from phenolens.overview.means import Mean
from phenolens.overview.part import Part, fill

GLYPH, LONGEST = 7.8, 30  # width of an average letter in pixels; letters before a name is cut
SQUARES = 10_000  # of all matrices together: about 2 MB
LARGEST = 12  # differences listed


@dataclass(frozen=True, slots=True)
class Matrix:
    """The differences of one score.

    Attributes:
        key: Name of the score.
        title: As shown.
        svg: The matrix.
        drawn: Cells in it.
        cells: Cells compared.
        largest: (one, other, difference), the largest first, of known differences.
        clear: Pairs that differ by more than chance.
        pairs: Pairs compared.
        hatched: Whether squares have no difference.
        unknown: Why pairs have none, each reason once.
    """

    key: str
    title: str
    svg: Markup
    drawn: int
    cells: int
    largest: tuple[tuple[str, str, Gap], ...]
    clear: int
    pairs: int
    hatched: bool
    unknown: tuple[str, ...]


def matrix(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> Part | None:
    """Return the section, or None where no two cells were compared."""
    most = max(2, math.isqrt(SQUARES // max(1, len(ranked))))
    made = [_matrix(compared, score, ones, most) for score, ones in ranked.items()]
    found = [one for one in made if one is not None]
    if not found:
        return None
    scores = [(one.key, one.title) for one in found]
    return fill(
        "matrix",
        "Paired differences",
        scores=scores,
        matrices=found,
        p_text=p_text,
        signed=signed,
        alpha=ALPHA,
    )


def _matrix(compared: Compared, score: str, ones: Sequence[Mean], most: int) -> Matrix | None:
    gaps = Gaps.of(compared.differences, score)
    named = [one.name for one in ones if any(one.name in pair for pair in gaps.pairs)]
    if len(named) < 2:
        return None
    known = [(one, other, gap) for (one, other), gap in gaps.pairs.items() if _is_known(gap)]
    largest = sorted(known, key=lambda pair: -abs(pair[2].value))[:LARGEST]
    names = named[:most]
    return Matrix(
        key=score,
        title=compared.title(score),
        svg=draw(names, gaps, compared.better_of(score)),
        drawn=len(names),
        cells=len(named),
        largest=tuple((one, other, gap) for one, other, gap in map(_positive, largest)),
        clear=sum(gap.clear for _, _, gap in known),
        pairs=len(known),
        hatched=any(not _is_known(gaps.between(*pair)) for pair in combinations(names, 2)),
        unknown=tuple(
            dict.fromkeys(
                gap.note for gap in gaps.pairs.values() if not _is_known(gap) and gap.note
            )
        ),
    )


def _is_known(gap: Gap) -> bool:
    return math.isfinite(gap.value)


def _positive(pair: tuple[str, str, Gap]) -> tuple[str, str, Gap]:
    one, other, gap = pair
    return (one, other, gap) if gap.value >= 0 else (other, one, gap.turned())


def draw(names: Sequence[str], gaps: Gaps, better: Better) -> Markup:
    """Return the matrix: row less column, coloured by which of the two is better.

    Args:
        names: The best first.
        gaps: The differences of the score.
        better: Which values of the score are good.
    """
    size = 40 if len(names) <= 14 else 24 if len(names) <= 30 else 13
    left = 14 + GLYPH * min(LONGEST, max(map(len, names)))
    top = 0.72 * left + 16
    values = [abs(gap.value) for gap in gaps.pairs.values() if _is_known(gap)]
    most = max(values, default=0.0) or 1.0
    parts: list[Markup] = []
    for c, name in enumerate(names):
        turn = f"translate({left + size * (c + 0.5):.1f} {top - 8:.1f}) rotate(-45)"
        parts.append(
            tag("text", tag("title", name), cut(name, LONGEST), transform=turn, class_="name")
        )
    for r, one in enumerate(names):
        y = top + size * r
        words = (tag("title", one), cut(one, LONGEST))
        parts.append(tag("text", *words, x=left - 8, y=y + size / 2 + 4, text_anchor="end"))
        for c, other in enumerate(names):
            if c != r:
                square = _Square(left + size * c, y, size, c, r)
                parts.append(square.draw(gaps.between(one, other), most, better))
    lean = 0.72 * GLYPH * min(LONGEST, len(names[-1]))
    width = round(left + size * len(names) + max(20.0, lean - size / 2 + 8))
    height = round(top + size * len(names) + 4)
    kind = "matrix" if size > 13 else "matrix dense"
    return tag(
        "svg", *parts, class_=kind, viewBox=f"0 0 {width} {height}", width=width,
        height=height, role="img", tabindex=0,
        aria_label=f"Paired differences of {len(names)} cells; arrow keys move between them",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Square:
    """One square: its left upper corner, its side, its column and row."""

    x: float
    y: float
    size: int
    column: int
    row: int

    def draw(self, gap: Gap, most: float, better: Better) -> Markup:
        place = {"data_c": self.column, "data_r": self.row}
        side = {"x": self.x + 0.5, "y": self.y + 0.5, "width": self.size - 1}
        box = {**side, "height": self.size - 1, "rx": 2}
        words = tag("title", _words(gap))
        if not _is_known(gap):
            return tag("g", words, tag("rect", class_="none", **box), **place)
        share = abs(gap.value) / most
        ahead = gap.value > 0 if better == "high" else gap.value < 0
        if better == "zero":  # a difference does not say which is nearer to zero; the order does
            ahead = self.row < self.column
        kind = "same" if not gap.value else "ahead" if ahead else "behind"
        kind = f"{kind} clear" if gap.clear else kind
        parts = [tag("rect", class_=kind, style=f"fill-opacity:{0.08 + 0.8 * share:.2f}", **box)]
        x, y = self.x + self.size / 2, self.y + self.size / 2
        strong = "strong" if share > 0.6 else None
        if self.size >= 40:
            figure = signed(gap.value) + ("*" if gap.clear else "")
            parts.append(tag("text", figure, class_=strong, x=x, y=y + 4, text_anchor="middle"))
        elif gap.clear:
            parts.append(tag("circle", class_=strong, cx=x, cy=y, r=1.6))
        return tag("g", words, *parts, **place)


def _words(gap: Gap) -> str:
    """Return the figures; the script puts the names before them."""
    if not _is_known(gap):
        return gap.note or "not compared"
    figures = f"{signed(gap.value, 3)} {interval(gap.low, gap.high)}".strip()
    p = f"p {p_text(gap.p)}" if math.isfinite(gap.p) else f"p {shown(gap.p)}"
    return f"{figures}, {p}, n {gap.n}"
