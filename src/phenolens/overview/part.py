"""Part: one section of the page of a comparison."""

from __future__ import annotations

from dataclasses import dataclass

from phenolens.drawing.svg import Markup
from phenolens.drawing.template import load_template
from phenolens.overview.entries import digits_for, interval

PACKAGE = "phenolens.overview"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One section of the page.

    Attributes:
        id: Its anchor, and the name of its template.
        title: Heading.
        label: Name in the contents.
        html: Its markup, without the heading.
    """

    id: str
    title: str
    label: str
    html: Markup


def fill(name: str, title: str, label: str = "", **values: object) -> Part:
    """Return a section, its template filled.

    Args:
        name: Of the template, without its ending; it is the anchor too.
        title: Heading.
        label: Name in the contents; the title where it is empty.
        values: For the template.
    """
    template = load_template(f"{name}.html.j2", PACKAGE)
    html = template.render(interval=interval, digits_for=digits_for, **values)
    return Part(name, title, label or title, Markup(html))
