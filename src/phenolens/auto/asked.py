"""Asked: what the user wants of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user asked for.

    Attributes:
        model: An encoder to use; empty: one is trained.
        minutes: For the training.
        seed: Of every draw.
        changes: `KEY=VALUE` of the recipe, which win over what is decided.
    """

    model: str = ""
    minutes: float = 30.0
    seed: int = 0
    changes: tuple[str, ...] = ()

    @property
    def plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "model": self.model,
            "minutes": self.minutes,
            "seed": self.seed,
            "changes": list(self.changes),
        }
