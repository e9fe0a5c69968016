"""The ranking: cells and baselines in each score, the best first, with intervals and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phenolens.drawing.panel import Bar, Panel, numbers_of, scale_of
from phenolens.drawing.scale import Scale
from phenolens.overview.compared import Better, Compared
from phenolens.overview.entries import digits_for
from phenolens.overview.means import Mean
from phenolens.overview.part import Part, fill

WORDS: Mapping[Better, str] = {
    "high": "High values are good.",
    "low": "Low values are good.",
    "zero": "Values near zero are good.",
}


@dataclass(frozen=True, slots=True)
class Ranking:
    """One score: a panel per cell or baseline, all on one scale."""

    key: str
    title: str
    panels: tuple[Panel, ...]
    scale: Scale
    words: str
    digits: int


def ranking(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> Part | None:
    """Return the section, or None where nothing was scored."""
    found = [
        _ranking(compared, score, ones)
        for score, ones in ranked.items()
        if any(one.value == one.value for one in ones)
    ]
    if not found:
        return None
    return fill("ranking", "Ranking", rankings=found, scores=[(r.key, r.title) for r in found])


def _ranking(compared: Compared, score: str, ones: Sequence[Mean]) -> Ranking:
    bars = [
        Bar(one.name, not one.baseline, one.value, one.low, one.high, n=one.n, seeds=one.seeds)
        for one in ones
    ]
    nulls = [one.null for one in ones]
    scale = scale_of([*numbers_of(bars), *nulls, *(v for one in ones for v in one.seeds)])
    title = compared.title(score)
    panels = tuple(
        Panel(score, title, (bar,), scale, null=null) for bar, null in zip(bars, nulls, strict=True)
    )
    digits = digits_for(bar.value for bar in bars)
    return Ranking(score, title, panels, scale, WORDS[compared.better_of(score)], digits)
