"""What `phenolens auto` says first: what can be believed, what cannot, and why all is as it is."""

from __future__ import annotations

import math
from typing import ClassVar

from phenolens.drawing.numbers import shown
from phenolens.metrics.base import facts_of
from phenolens.results.answered import OwnChain
from phenolens.results.contents import RunContents, number
from phenolens.sections.base import Section


class Believed(Section):
    """What can be believed and what cannot, the choices and reasons, baselines' own chains."""

    place: ClassVar[int] = 5

    @classmethod
    def of(cls, run: RunContents) -> Believed | None:
        """Return the section of a run that `phenolens auto` made; None for any other."""
        if run.answer is None:
            return None
        return cls.fill(
            can=run.answer.can,
            cannot=run.answer.cannot,
            choices=run.answer.choices,
            baselines=[_row(one) for one in run.answer.baselines],
        )


def _row(one: OwnChain) -> dict[str, str]:
    """Return the figures of one score of a baseline as text."""
    figures = {name: number(value) for name, value in one.figures.items()}
    low, high, gap, least, most = (
        shown(figures[name]) for name in ("low", "high", "ahead_value", "ahead_low", "ahead_high")
    )
    return {
        "baseline": one.baseline,
        "chain": one.chain,
        "score": facts_of(one.score).title,
        "value": f"{shown(figures['value'])} ({low} to {high})",
        "ahead": f"{gap} ({least} to {most})" if math.isfinite(figures["ahead_value"]) else "",
    }
