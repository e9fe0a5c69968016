"""The frame: the sections of the page become one HTML text with its style and script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phenolens.drawing.svg import Markup
from phenolens.drawing.template import SHARED, embed, load_template, read_part
from phenolens.drawing.theme import stylesheet
from phenolens.overview.part import PACKAGE, Part


def framed(name: str, head: Part, parts: Sequence[Part], numbers: Mapping[str, object]) -> str:
    """Return the page.

    Args:
        name: Of the comparison.
        head: What comes first, without a heading.
        parts: The sections, in order.
        numbers: What is embedded as JSON, for programs.
    """
    html: str = load_template("overview.html.j2", PACKAGE).render(
        name=name,
        version="",
        head=head,
        parts=parts,
        contents=[(part.id, part.label) for part in parts],
        embedded=embed(numbers),
        style=Markup(
            stylesheet() + read_part("page.css", SHARED) + read_part("overview.css", PACKAGE)
        ),
        script=Markup(read_part("page.js", SHARED) + read_part("overview.js", PACKAGE)),
    )
    return html
