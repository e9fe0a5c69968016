"""Heat grids: a row of cells per series, its strength one hue from paper to full."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from phenolens.drawing.svg import Markup, percent, tag

ROW = 15  # height of a row in pixels


def heat_rows(
    values: Float[np.ndarray, "r t"],
    names: Sequence[str],
    columns: Sequence[str],
    top: float,
    label: str,
) -> Markup:
    """Return a grid of cells as one SVG; a cell without a value is left empty.

    Args:
        values: (row, column), 0 and above.
        names: Of the rows, for the tooltip of each.
        columns: Of the columns, in order.
        top: The value of the full colour; larger ones have it too.
        label: For who cannot see it.
    """
    rows, width = values.shape
    cells = []
    for r in range(rows):
        texts = [
            f"{column}: {value:.3g}"
            for column, value in zip(columns, values[r].tolist(), strict=True)
            if math.isfinite(value)
        ]
        row = [tag("title", f"{names[r]}\n" + ", ".join(texts))]
        row += [
            tag("rect", x=percent(100 * c / width), y=r * ROW, width=percent(100 / width + 0.05),
                height=ROW - 1, style=f"fill:{heat(value, top)}")
            for c, value in enumerate(values[r].tolist())
            if math.isfinite(value)
        ]  # fmt: skip
        cells.append(tag("g", *row))
    return tag("svg", *cells, class_="heat", height=rows * ROW, role="img", aria_label=label)


def heat(value: float, top: float) -> str:
    """Return the CSS colour of a value between 0 and `top`.

    Example:
        >>> heat(1.0, 2.0)
        'color-mix(in oklab,var(--accent) 50%,var(--sunken))'
    """
    share = round(100 * min(1.0, max(0.0, value / top))) if top > 0 else 0
    return f"color-mix(in oklab,var(--accent) {share}%,var(--sunken))"


def hours_axis(hours: Sequence[float]) -> Markup:
    """Return the hours of about six columns, as the axis under a grid of one column per hour."""
    every = max(1, round(len(hours) / 6))
    texts = [
        tag("text", f"{hour:g}".replace("-", "\u2212"), x=percent(100 * (k + 0.5) / len(hours)),
            y=12, text_anchor="middle")
        for k, hour in enumerate(hours) if k % every == 0
    ]  # fmt: skip
    return tag("svg", *texts, class_="axis", height=ROW, aria_hidden="true")
