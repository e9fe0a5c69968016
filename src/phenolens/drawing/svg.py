"""Writing SVG and HTML safely: markup has its own type, and every plain string is escaped."""

from __future__ import annotations

from html import escape

_END = 2.0  # percent of an axis: a label this near to an end is held at it


class Markup(str):
    """Text that is markup already; jinja2 and `tag` take it as it is and escape all other text."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """Return one element; plain strings among children and attributes are escaped.

    Args:
        name: Of the element.
        children: Text, or Markup made by this function.
        attributes: `stroke_width=2` is written `stroke-width="2"`, `class_` as `class`; None and
            False are left out; numbers are written with at most two decimals.

    Example:
        >>> tag("text", "a < b", x=1.5, class_="tick")
        '<text x="1.5" class="tick">a &lt; b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inner = "".join(c if isinstance(c, Markup) else escape(c) for c in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def percent(value: float) -> str:
    """Return a length in percent, the unit in which a figure stretches and its text does not.

    Example:
        >>> percent(12.5), percent(100 / 3)
        ('12.5%', '33.33%')
    """
    return f"{_plain(float(value))}%"


def anchor(across: float) -> str:
    """Return where a label of an axis is held, so that one at an end is not cut off.

    Args:
        across: Its place on the axis, in percent.

    Example:
        >>> anchor(0.0), anchor(50.0), anchor(99.9)
        ('start', 'middle', 'end')
    """
    return "start" if across < _END else "end" if across > 100 - _END else "middle"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "" if value is True else str(value)
