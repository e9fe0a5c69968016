"""The mark of each class of effect: a colour and a shape of its own, so shape is enough."""

from __future__ import annotations

from phenolens.drawing.categories import Category

# Class -> the CSS variable of its colour, and its shape.
_MARKS = {
    "cytotoxic": ("--c4", 2),
    "cytostatic": ("--c2", 1),
    "mixed": ("--c1", 3),
    "none": ("--grey", 0),
    "cannot tell": ("--muted", 5),
}
CLASSES = tuple(_MARKS)


def effect_category(name: str | None, count: int = 0) -> Category:
    """Return a class of effect with its mark; what is not one is `cannot tell`.

    Example:
        >>> effect_category("cytostatic").colour, effect_category(None).name
        ('--c2', 'cannot tell')
    """
    known = name if name is not None and name in _MARKS else "cannot tell"
    return Category(known, *_MARKS[known], count)
