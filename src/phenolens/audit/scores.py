"""Scores: every score of the table, with baselines under the same protocols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from phenolens.audit.baselines import Baseline, count_cells, draw_at_random
from phenolens.audit.clock import Clock
from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import Answer, against_chance, ask_all


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Every score, and what baselines reach.

    Attributes:
        answers: By key of the protocol.
        baselines: The cell count, then random features.
        findings: What follows from them.
    """

    answers: Mapping[str, Answer]
    baselines: tuple[Baseline, ...]
    findings: tuple[Finding, ...]


def score_all(levels: Levels, seed: int, clock: Clock) -> Scores:
    """Return every score, and what cell counts and chance reach under the same protocols."""
    clock.start("protocols")
    answers = ask_all(levels, seed)
    clock.start("baselines")
    counted, of_counts = count_cells(levels, answers, seed)
    drawn, of_chance = draw_at_random(levels, answers, seed)
    findings = (*against_chance(answers), *of_counts, *of_chance)
    return Scores(answers, (counted, drawn), findings)
