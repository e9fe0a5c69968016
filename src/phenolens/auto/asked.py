"""Asked: what the user wants of an answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from phenolens.core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user asked for.

    Attributes:
        model: An encoder to use; empty: one is trained.
        minutes: For the training.
        seed: Of every draw.
        changes: `KEY=VALUE` of the recipe, which win over what is decided.

    Raises:
        InputError: The minutes are not a number above 0.
    """

    model: str = ""
    minutes: float = 30.0
    seed: int = 0
    changes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.minutes) and self.minutes > 0):
            what = f"{self.minutes:g} is not a number of minutes"
            raise InputError(what, where="--minutes", fix="give a number above 0, as 30")

    @property
    def plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "model": self.model,
            "minutes": self.minutes,
            "seed": self.seed,
            "changes": list(self.changes),
        }
