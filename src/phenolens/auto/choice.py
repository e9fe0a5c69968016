"""Choice: what was decided for the user, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that was decided.

    Attributes:
        name: What it is about.
        value: What was decided, in words.
        reason: Why, with the figures that decided.
    """

    name: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value} ({self.reason})"
