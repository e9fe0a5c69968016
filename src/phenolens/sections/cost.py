"""The section of what the run cost: time, memory, size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from phenolens.drawing.amounts import count, duration, memory
from phenolens.results.contents import RunContents, number
from phenolens.sections.base import Section

_WORTH_SAYING = 0.1  # share of the training


class Cost(Section):
    """Time, speed, memory and size of the model, as measured in the run."""

    title: ClassVar[str] = "Cost"
    place: ClassVar[int] = 90

    @classmethod
    def of(cls, run: RunContents) -> Cost | None:
        """Return the section, or None where no cost was measured."""
        facts = cost_facts(run.results.get("cost") or {})
        return cls.fill(facts=facts) if facts else None


def cost_facts(cost: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the run cost as (what, how much), absent figures left out."""
    rate, held, size = (
        number(cost.get(key)) for key in ("images_per_second", "peak_memory_mb", "parameters")
    )
    facts = [
        ("Training", duration(number(cost.get("train_seconds")))),
        ("Embedding", duration(number(cost.get("embed_seconds")))),
        ("All stages", duration(whole_seconds(cost))),
        ("Speed", f"{rate:,.0f} images/s" if rate == rate else ""),
        ("Waiting for images", _waiting(number(cost.get("waiting_share")))),
        ("Peak memory", memory(held)),
        ("Parameters", count(size)),
        ("Device", str(cost.get("device") or "")),
    ]
    return [(what, much) for what, much in facts if much]


def whole_seconds(cost: Mapping[str, Any]) -> float:
    """Return what the stages of a run took, by whichever process made them; NaN: not known.

    The last process may have found them all: its own time then says nothing.
    """
    made = number(cost.get("stages_seconds"))
    return made if made == made else number(cost.get("total_seconds"))


def _waiting(share: float) -> str:
    """Return how long the device waited for views; empty where it hardly did, or is not known."""
    return f"{100 * share:.0f} % of the training" if share >= _WORTH_SAYING else ""
