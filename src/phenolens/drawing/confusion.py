"""The confusion matrix of mechanisms: counted from a score's rows, and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from phenolens.drawing.categories import SHAPES, Category, natural
from phenolens.drawing.svg import Markup, tag

GLYPH = 6.6  # width in pixels of an average letter
LONGEST = 30  # letters of a name before it is cut
MOST = 40  # mechanisms drawn, the most frequent ones
STRONG = 0.7  # share of a row from which light figures read better than dark ones
NO_CANDIDATE = "no candidate"  # a query that the rule leaves without a candidate counts as a miss
NEEDED = ("moa", "neighbour_moa")


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """How often the nearest neighbour of a mechanism's treatments is of each mechanism.

    Attributes:
        counts: Index the true mechanism, columns the neighbour's; the index leads the columns.
        left_out: Rows without a mechanism or score, or beyond the mechanisms drawn.
    """

    counts: pd.DataFrame
    left_out: int

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Confusion | None:
        """Count a score's rows, or return None where they name no mechanisms."""
        if not set(NEEDED) <= set(rows.columns):
            return None
        scored = rows.dropna(subset=["moa"])
        if "value" in rows.columns:
            scored = scored.dropna(subset=["value"])
        scored = scored.fillna({"neighbour_moa": NO_CANDIDATE})
        common = list(scored["moa"].value_counts().index)
        few = scored[scored["moa"].isin(common[:MOST])]
        if len(common) > MOST:  # too many to draw: the others are counted
            few = few[few["neighbour_moa"].isin([*common[:MOST], NO_CANDIDATE])]
        if few.empty:
            return None
        counts = pd.crosstab(few["moa"].astype(str), few["neighbour_moa"].astype(str))
        true = sorted(counts.index, key=natural)
        other = sorted(set(counts.columns) - set(true), key=natural)
        counts = counts.reindex(index=true, columns=[*true, *other], fill_value=0)
        return cls(counts, len(rows) - len(few))

    @property
    def cell(self) -> int:
        """Side in pixels of one cell."""
        kinds = len(self.counts.columns)
        return 40 if kinds <= 14 else 26 if kinds <= 26 else 16

    @property
    def gutter(self) -> float:
        """Width in pixels of the longest name with its mark."""
        names = map(str, self.counts.columns)
        return 30 + GLYPH * min(LONGEST, max(map(len, names)))

    def draw(self, marks: Mapping[str, Category]) -> Markup:
        """Return the matrix as SVG, its shades the share of each row.

        Args:
            marks: Mechanism -> its mark, drawn next to its name.
        """
        size, left = self.cell, self.gutter
        top = 0.72 * left
        parts: list[Markup] = []
        for r, true in enumerate(self.counts.index):
            y = top + size * r
            parts.append(_name(true, marks.get(true), left - 6, y + size / 2))
            parts.append(self._row(true, left, y))
        for c, neighbour in enumerate(self.counts.columns):
            turn = f"translate({left + size * (c + 0.5):.1f} {top - 8:.1f}) rotate(-45)"
            words = (tag("title", neighbour), _cut(neighbour))
            parts.append(tag("text", *words, class_="neighbour", transform=turn))
        # The last slanted name needs room at the right.
        lean = 0.72 * GLYPH * min(LONGEST, len(self.counts.columns[-1]))
        width = round(left + size * len(self.counts.columns) + max(62.0, lean - size / 2 + 8))
        height = round(top + size * len(self.counts) + 8)
        return tag(
            "svg", *parts, class_="confusion", viewBox=f"0 0 {width} {height}", width=width,
            height=height, role="img", aria_label="Confusion of mechanisms",
        )  # fmt: skip

    def _row(self, true: str, left: float, top: float) -> Markup:
        row, size = self.counts.loc[true], self.cell
        total = int(row.sum())
        cells = []
        for c, (neighbour, count) in enumerate(row.items()):
            words = f"{true}: the nearest of {count} of {total} is {neighbour}"
            kind = "" if not count else " hit" if neighbour == true else " miss"
            share = int(count) / total
            box = _square(left + size * c, top, size, share, kind)
            middle = (left + size * (c + 0.5), top + size / 2)
            figure = _count(int(count), share, middle, size)
            cells.append(tag("g", tag("title", words), box, *figure))
        recall = tag(
            "text", f"{int(row[true])}/{total}", class_="recall",
            x=left + size * len(row) + 8, y=top + size / 2 + 4,
        )  # fmt: skip
        return tag("g", *cells, recall)


def _square(x: float, y: float, size: int, share: float, kind: str) -> Markup:
    shade = f"fill-opacity:{0.16 + 0.84 * share:.2f}" if kind else None
    side = size - 2
    return tag(
        "rect", class_=f"cell{kind}", x=x + 1, y=y + 1, width=side, height=side, rx=3, style=shade
    )


def _count(count: int, share: float, middle: tuple[float, float], size: int) -> list[Markup]:
    if not count or size < 20:
        return []
    strong = "count strong" if share >= STRONG else "count"
    x, y = middle
    return [tag("text", str(count), class_=strong, x=x, y=y + 4, text_anchor="middle")]


def _name(name: str, kind: Category | None, x: float, y: float) -> Markup:
    words = tag("text", tag("title", name), _cut(name), x=x - 14, y=y + 4, text_anchor="end")
    if kind is None:
        return words
    move = f"translate({x - 2:.1f} {y:.1f}) scale(.8)"
    mark = tag("path", d=SHAPES[kind.shape], transform=move, fill=f"var({kind.colour})")
    return tag("g", words, mark)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026"
