"""Heat rows: one row of cells per series, its strength one hue from paper to full."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from phenolens.drawing.svg import Markup, percent, tag

STEPS = 5  # colours that a legend shows


def heat_row(
    values: Float[np.ndarray, " t"],
    name: str,
    columns: Sequence[str],
    top: float,
    own: float | None = None,
) -> Markup:
    """Return one row of cells as an SVG that fills its place; a missing value leaves a gap.

    Each cell has two strengths, `--same` and `--own`: the page shows one of them (`heat.css`).

    Args:
        values: 0 and above.
        name: Of the row, for the tooltip and for who cannot see it.
        columns: Of the cells, in order.
        top: The value of the full colour; larger ones have it too.
        own: The same for colours of the row's own, or of its figure's; the row's largest value
            where it is not given.
    """
    numbers = values.tolist()
    there = [value for value in numbers if math.isfinite(value)]
    own = max(there, default=0.0) if own is None else own
    texts = [
        f"{column}: {value:.3g}"
        for column, value in zip(columns, numbers, strict=True)
        if math.isfinite(value)
    ]
    cells = [
        tag("rect", x=percent(100 * c / len(numbers)), y=0, height="100%",
            width=percent(100 / len(numbers) + 0.05),
            style=f"--same:{strength(value, top)}%;--own:{round(100 * _share(value, own))}%")
        for c, value in enumerate(numbers)
        if math.isfinite(value)
    ]  # fmt: skip
    title = tag("title", f"{name}\n" + ", ".join(texts))
    return tag("svg", title, *cells, class_="heat", role="img", aria_label=name)


def strength(value: float, top: float) -> int:
    """Return the percentage of the full colour: the root of the value's share of `top`.

    Distances differ by more than tenfold within a page; in proportion to them most rows would
    have the colour of nothing. Within a row, or a figure, the colours are in proportion.

    Example:
        >>> strength(0.5, 2.0), strength(2.0, 2.0), strength(9.0, 2.0), strength(1.0, 0.0)
        (50, 100, 100, 0)
    """
    return round(100 * math.sqrt(_share(value, top)))


def _share(value: float, top: float) -> float:
    return min(1.0, max(0.0, value / top)) if top > 0 else 0.0


def full_at(values: Float[np.ndarray, " n"]) -> float:
    """Return the value of the full colour: one cell of fifty is above it, and has that colour too.

    So one strong row does not make all others pale.

    Args:
        values: Of all cells; what is not finite is left out.
    """
    known = values[np.isfinite(values)]
    return float(np.quantile(known, 0.98)) if len(known) else 0.0


def heat_legend(top: float, largest: float) -> list[tuple[int, str]]:
    """Return strengths from nothing to full, each with its value as text.

    Args:
        top: The value of the full colour.
        largest: The largest value that is drawn.

    Example:
        >>> heat_legend(80.0, 80.0)
        [(0, '0'), (25, '5'), (50, '20'), (75, '45'), (100, '80')]
        >>> heat_legend(80.0, 95.0)[-1]
        (100, '80 to 95')
    """
    shares = [k / (STEPS - 1) for k in range(STEPS)]
    made = [(round(100 * share), f"{top * share * share:.3g}") for share in shares]
    first, last = made[-1][1], f"{largest:.3g}"
    return made if first == last else [*made[:-1], (100, f"{first} to {last}")]


def hours_axis(hours: Sequence[float]) -> Markup:
    """Return the hours of about six columns, as the axis under rows of one column per hour."""
    every = max(1, round(len(hours) / 6))
    texts = [
        tag("text", f"{hour:g}".replace("-", "\u2212"), x=percent(100 * (k + 0.5) / len(hours)),
            y=12, text_anchor="middle")
        for k, hour in enumerate(hours) if k % every == 0
    ]  # fmt: skip
    return tag("svg", *texts, class_="axis", height=15, aria_hidden="true")
