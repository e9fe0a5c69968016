"""Categories: the colour and shape of each mechanism, batch or plate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from phenolens.drawing.svg import Markup, tag

COLOURS = 12
# Path data around (0, 0) of about equal area; crosses are for controls, none and "cannot tell".
SHAPES = (
    "M-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0 -9.2 0Z",
    "M-4.1 -4.1H4.1V4.1H-4.1Z",
    "M0 -5.7L5.3 3.9H-5.3Z",
    "M0 -6L5.3 0L0 6L-5.3 0Z",
    "M-1.2 -5H1.2V-1.2H5V1.2H1.2V5H-1.2V1.2H-5V-1.2H-1.2Z",
    "M-4.4 -2.7L-2.7 -4.4L0 -1.7L2.7 -4.4L4.4 -2.7L1.7 0L4.4 2.7L2.7 4.4L0 1.7L-2.7 4.4L-4.4 2.7"
    "L-1.7 0Z",
)
NONE = "not annotated"
OTHER = "all others"
CONTROL = "negative control"
SEVERAL = "several"
# Values that are not ordinary categories: each has its own mark, outside the palette.
ASIDE = {CONTROL: ("--text", 4), SEVERAL: ("--grey", 3), OTHER: ("--grey", 0), NONE: ("--grey", 4)}


@dataclass(frozen=True, slots=True)
class Category:
    """One value of a column, with its mark.

    Attributes:
        name: As shown.
        colour: Name of the CSS variable.
        shape: Index into SHAPES.
        count: How many rows carry it.
    """

    name: str
    colour: str
    shape: int
    count: int

    def mark(self) -> Markup:
        """Return the mark as a small inline picture."""
        path = tag("path", d=SHAPES[self.shape], fill=f"var({self.colour})")
        return tag("svg", path, class_="mark", viewBox="-7 -7 14 14", aria_hidden="true")


def categorise(
    values: Sequence[str | None], limit: int = 24
) -> tuple[tuple[Category, ...], list[int]]:
    """Return the categories and, per value, which one it belongs to.

    Colour alone cannot separate twelve kinds for every eye, so colours that a colour-blind reader
    may confuse never share a shape. The rarest kinds, beyond `limit`, share one grey mark.

    Example:
        >>> kinds, codes = categorise(["Week10", "Week2", None, "Week2"])
        >>> [(kind.name, kind.count) for kind in kinds], codes
        ([('Week2', 2), ('Week10', 1), ('not annotated', 1)], [1, 0, 2, 0])
    """
    given = [NONE if value is None else value for value in values]
    counts = Counter(value for value in given if value not in ASIDE)
    common = sorted(counts, key=lambda name: (-counts[name], natural(name)))[:limit]
    names = sorted(common, key=natural)
    kinds = [
        Category(name, f"--c{i % COLOURS}", (i + i // COLOURS) % 4, counts[name])
        for i, name in enumerate(names)
    ]
    given = [value if value in names or value in ASIDE else OTHER for value in given]
    aside = Counter(value for value in given if value in ASIDE)
    kinds += [Category(name, *ASIDE[name], aside[name]) for name in ASIDE if name in aside]
    index = {kind.name: i for i, kind in enumerate(kinds)}
    return tuple(kinds), [index[value] for value in given]


def natural(name: str) -> tuple[tuple[int, float, str], ...]:
    """Return a sort key that puts `Week2` before `Week10`, and `a@1e-05` before `a@0.003`."""
    parts = re.findall(r"(\d+(?:\.\d+)?(?:e[-+]\d+)?)|(\D+)", name.lower())
    return tuple((0, float(number), "") if number else (1, 0.0, rest) for number, rest in parts)
