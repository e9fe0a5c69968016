"""How long work reports: a line of text, or how much is done."""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str], None]  # called with one short sentence per stage
Progress = Callable[[int, int], None]  # called with (done, total)


def silent(_: str) -> None:
    """Report nothing: the default of every `say`."""


def uncounted(_done: int, _total: int) -> None:
    """Report nothing: the default of every `progress`."""
