"""The section of what the run cost: time, memory, size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

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
    rate, memory, size = (
        number(cost.get(key)) for key in ("images_per_second", "peak_memory_mb", "parameters")
    )
    facts = [
        ("Training", duration(number(cost.get("train_seconds")))),
        ("Embedding", duration(number(cost.get("embed_seconds")))),
        ("In all", duration(number(cost.get("total_seconds")))),
        ("Speed", f"{rate:,.0f} images/s" if rate == rate else ""),
        ("Device without views", _waiting(number(cost.get("waiting_share")))),
        ("Peak memory", _memory(memory)),
        ("Parameters", _million(size)),
        ("Device", str(cost.get("device") or "")),
    ]
    return [(what, much) for what, much in facts if much]


def duration(seconds: float) -> str:
    """Return a length of time in words; empty where it is not known.

    Example:
        >>> duration(0.42), duration(75), duration(7384)
        ('0.4 s', '1 min 15 s', '2 h 3 min')
    """
    if seconds != seconds:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _waiting(share: float) -> str:
    """Return how long the device waited for views; empty where it hardly did, or is not known."""
    return f"{100 * share:.0f} % of the training" if share >= _WORTH_SAYING else ""


def _memory(megabytes: float) -> str:
    if megabytes != megabytes:
        return ""
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def _million(count: float) -> str:
    if count != count:
        return ""
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count:,.0f}"
