"""Found: the stages of a cell that its own process did not make, but found."""

from __future__ import annotations

_COSTLY = ("train", "embed")  # what a process that found these did not do itself


def is_own(found: object) -> bool:
    """Return whether the process of a run did what is costly in it itself.

    Time and memory of a process that found its model in the cache are those of the rest alone, and
    compare with nothing.

    Args:
        found: The column of that name: stages that were found, with commas between; missing in
            tables of earlier versions.

    Example:
        >>> is_own("limits"), is_own("limits, train, embed"), is_own(None)
        (True, False, True)
    """
    return not (isinstance(found, str) and set(found.split(", ")) & set(_COSTLY))
