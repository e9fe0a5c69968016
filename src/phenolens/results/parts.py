"""Part: something that the page of a large run reads from a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """Something that the page of a large run reads from a file of its own.

    Attributes:
        value: Returns it, as JSON can hold it; called once, when the file is written.
        first: Whether the page needs it when it opens; otherwise it asks for it.
    """

    value: Callable[[], Any]
    first: bool = False
