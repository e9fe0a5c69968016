"""The verdict: the leading score against chance and the baselines, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from phenolens.drawing.numbers import p_text, shown
from phenolens.drawing.panel import Bar, Panel
from phenolens.results.contents import RunContents
from phenolens.results.panels import panels
from phenolens.sections.base import Section

# The score that the verdict is about: the first of these that was measured, else the first score
# whose high values are good.
HEADLINE = ("nscb", "nsc")
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the numbers say: the claim in plain words, and the figures behind it."""

    claim: str
    figures: str


class Verdict(Section):
    """The claim, its figures, and a tile per score; it heads the page."""

    place: ClassVar[int] = 10

    @classmethod
    def of(cls, run: RunContents) -> Verdict | None:
        """Return the verdict, or None where nothing was scored."""
        made = panels(run.results, run.answer)
        doubts = run.answer.doubts if run.answer else {}
        return cls.fill(panels=made, judgement=judge(made, doubts)) if made else None


def judge(panels: Sequence[Panel], doubts: Mapping[str, str] | None = None) -> Judgement | None:
    """Return the plain-words judgement of the leading score, or None where there is none.

    Where baselines have a chain of their own, the score is compared with these alone.

    Args:
        panels: Of the scores.
        doubts: Why a score cannot be believed, by its name; one without doubts leads.
    """
    doubts = doubts or {}
    known = {
        panel.key: _fair(panel)
        for panel in panels
        if math.isfinite(panel.trained.value) and panel.better == "high"
    }
    by_key = {key: panel for key, panel in known.items() if key not in doubts} or known
    lead = next((by_key[key] for key in HEADLINE if key in by_key), None)
    # Else the first that is compared with anything.
    compared = (p for p in by_key.values() if beats_chance(p) is not None or p.best_baseline)
    lead = lead or next(compared, None) or next(iter(by_key.values()), None)
    if lead is None:
        return None
    if lead.key in doubts:
        return Judgement(f"{lead.title} cannot be believed: {doubts[lead.key]}.", _figures(lead))
    claim = _against_chance(lead) + _against_baselines(lead)
    return Judgement(claim[0].upper() + claim[1:] + ".", _figures(lead))


def _fair(panel: Panel) -> Panel:
    """Return a panel with the baselines that have a chain of their own, where some have one."""
    own = [bar for bar in panel.bars[1:] if bar.own_chain]
    return replace(panel, bars=(panel.trained, *own)) if own else panel


def _against_chance(panel: Panel) -> str:
    above = beats_chance(panel)
    if above is None:
        return "chance was not measured"
    return "better than chance" if above else "not distinguishable from chance"


def beats_chance(panel: Panel) -> bool | None:
    """Return whether the run's score beats its permutation null, or None where none was drawn."""
    if math.isfinite(panel.p):
        return panel.p <= ALPHA
    if math.isfinite(panel.null_high):
        return panel.trained.value > panel.null_high
    return None


def _against_baselines(panel: Panel) -> str:
    measured = [bar for bar in panel.bars[1:] if math.isfinite(bar.value)]
    if not measured:
        return "; no baseline was run to compare with"
    rival = next((bar for bar in measured if compare(panel.trained, bar) != "better"), None)
    if rival is None:
        own = ", each with a chain of its own" if measured[0].own_chain else ""
        words = f"clearly better than every baseline{own}"
    elif compare(panel.trained, rival) == "worse":
        words = f"clearly worse than {rival.name}"
    else:
        words = f"not clearly better than {rival.name}"
    above = beats_chance(panel)
    joint = "; " if above is None else ", and " if above == (rival is None) else ", but "
    return joint + words


def compare(one: Bar, other: Bar) -> str:
    """Return `better`, `worse` or `unclear`.

    The 95 % interval of the difference, treatment by treatment, must exclude 0. Where that was
    not measured, the intervals of the two scores must not overlap: a cautious rule, since a
    difference can be real although they do.
    """
    _, least, most = other.ahead
    if math.isfinite(least):
        return "better" if least > 0 else "worse" if most < 0 else "unclear"
    if one.low > other.high:
        return "better"
    if one.high < other.low:
        return "worse"
    return "unclear"


def _figures(panel: Panel) -> str:
    bar = panel.trained
    count = f" ({bar.hits} of {bar.n})" if bar.hits is not None and bar.n else ""
    parts = [f"{panel.title} {shown(bar.value)}{count}"]
    if math.isfinite(bar.low):
        parts.append(f"95 % interval {shown(bar.low)} to {shown(bar.high)}")
    if math.isfinite(panel.null) and beats_chance(panel) is not None:
        p = f" (p {p_text(panel.p)})" if math.isfinite(panel.p) else ""
        parts.append(f"chance gives {shown(panel.null)}{p}")
    best = panel.best_baseline
    if best is not None:
        parts.append(f"the best baseline, {best.name}, reaches {shown(best.value)}")
        parts += _distance(bar, best)
    return "; ".join(parts) + "."


def _distance(bar: Bar, best: Bar) -> list[str]:
    """Return how far apart two bars are, in words, where that is known."""
    difference, least, most = best.ahead
    if math.isfinite(least):
        interval = f"95 % interval {shown(least)} to {shown(most)}"
        return [f"treatment by treatment the run is ahead by {shown(difference)}, {interval}"]
    if math.isfinite(bar.low) and math.isfinite(best.low):
        overlap = "overlap" if compare(bar, best) == "unclear" else "do not overlap"
        return [f"the intervals {overlap}"]
    return []
