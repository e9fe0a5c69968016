"""Verdicts: every claim judged by what the finished cells of a comparison show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from phenolens.comparison.claims import Claim, chosen
from phenolens.comparison.contrasts import Contrast, contrast
from phenolens.comparison.costs import RATIOS
from phenolens.comparison.matched import (
    Choices,
    Chosen,
    pairs,
    product_cells,
    quadruples,
    values_of,
)
from phenolens.comparison.measured import Measured, Measures
from phenolens.comparison.note import Known
from phenolens.comparison.winners import no_winner
from phenolens.core.errors import nearest
from phenolens.statistics.needed_units import needed_units

HOLDS, FAILS = "holds", "does not hold"
UNDECIDED, UNTESTED = "undecided at this size", "not tested here"
COLUMNS = (
    "claim", "paper", "text", "shows", "refutes", "score", "one", "other", "expect", "margin",
    "difference", "low", "high", "n", "units", "pairs", "p", "agree", "verdict", "needed", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one claim.

    Attributes:
        verdict: `holds`, `does not hold`, `undecided at this size` or `not tested here`.
        found: The contrast that it rests on.
        needed: Units that would decide it.
        one: What was compared, in words.
        other: With what.
        note: What a reader must know.
    """

    verdict: str
    found: Contrast = Contrast()  # noqa: RUF009  # frozen
    needed: int | None = None
    one: str = ""
    other: str = ""
    note: str = ""


def judged(
    claims: Sequence[Claim], measures: Measures, cells: Sequence[Known], grid: str
) -> pd.DataFrame:
    """Return the verdict on every claim.

    A claim holds where the 95 % interval is wholly on the side of the margin that is expected, and
    does not where it is wholly on the other side. Else it is undecided at this size, and `needed`
    says how many units would decide it with power 0.8 at the observed difference and spread.

    Args:
        claims: Of the file.
        measures: Of the finished cells.
        cells: All cells of the comparison.
        grid: Name of the comparison.

    Returns:
        Columns claim, paper, text, shows, refutes, score, one, other, expect, margin, difference
        (of costs the ratio), low, high, n (queries), units (compounds), pairs (of cells), p,
        agree (share of pairs of cells and seeds with the sign of the difference), verdict, needed,
        note.
    """
    choices = product_cells(cells)
    rows = [_row(claim, judge(claim, measures, choices, grid)) for claim in claims]
    text = [name for name in COLUMNS[:9] if name != "margin"] + ["verdict", "note"]
    numbers = dict.fromkeys(("margin", "difference", "low", "high", "p", "agree"), "float64")
    whole = dict.fromkeys(("n", "units", "pairs", "needed"), "Int64")
    made = pd.DataFrame(rows, columns=[*COLUMNS])
    return made.astype({**dict.fromkeys(text, "string"), **numbers, **whole})


def judge(claim: Claim, measures: Measures, choices: Choices, grid: str) -> Verdict:
    """Return the verdict on one claim.

    Args:
        claim: Of the file.
        measures: Of the finished cells.
        choices: Axis -> value, of each cell of the product, finished or not.
        grid: Name of the comparison.
    """
    why = _untestable(claim, choices, grid)
    found = [measures.of(name) for name in claim.measured]
    if not why and None in found:
        name = claim.measured[found.index(None)]
        why = f"no finished cell has {name}"
    measured = [one for one in found if one is not None]
    if why:
        return Verdict(UNTESTED, one=_words(chosen(claim.one)), other=_others(claim), note=why)
    unknown = [one.name for one in measured if one.better == "unknown"]
    if unknown and (claim.kind == "no_winner" or claim.expect == "no worse"):
        return Verdict(UNTESTED, note=f"nothing says whether more or less of {unknown[0]} is good")
    if claim.kind == "no_winner":
        verdict, note = no_winner(measured, choices, claim.axes)
        return Verdict(verdict, note=note)
    if claim.expect == "no worse" and measured[0].better == "zero":
        return Verdict(UNTESTED, note=f"{claim.score} is best near zero: neither more nor less is")
    if claim.kind == "best":
        return _best(claim, measured[0], choices)
    return _compared(claim, measured[0], choices)


def decided(claim: Claim, measured: Measured, found: Contrast) -> tuple[str, int | None]:
    """Return the verdict that a contrast gives, and how many units would decide it if none."""
    if not found.pairs:
        return UNTESTED, None
    sign, margin = _expected(claim, measured)
    low, high = sorted((sign * found.low, sign * found.high))
    if low > margin or (claim.expect == "no worse" and low >= margin):
        return HOLDS, None
    if high < margin:
        return FAILS, None
    gap = sign * found.difference - margin
    return UNDECIDED, needed_units(found.units, gap, low, high)


def _expected(claim: Claim, measured: Measured) -> tuple[float, float]:
    """Return the sign that turns what is expected upwards, and the margin there."""
    given = claim.margin
    log = math.log(given) if given and measured.ratio else 0.0
    margin = log if measured.ratio else given or 0.0
    if claim.expect == "no worse":
        return (-1.0 if measured.better == "low" else 1.0), -margin
    return (1.0 if claim.expect == "more" else -1.0), margin


def _compared(claim: Claim, measured: Measured, choices: Choices) -> Verdict:
    one, other, against = (chosen(side) for side in (claim.one, claim.other, claim.against))
    if claim.kind == "interaction":
        terms = quadruples(choices, one, other, against)
        rival, rival_other = {**one, **against}, {**other, **against}
        said = f"{_words(one)} less {_words(other)}"
        compared = f"{_words(rival)} less {_words(rival_other)}"
    else:
        terms = pairs(choices, one, other)
        said, compared = _words(one), _words(other)
    found = contrast(measured, terms)
    verdict, needed = decided(claim, measured, found)
    note = found.note if terms else "no two cells differ in these axes alone"
    return Verdict(verdict, found, needed, said, compared, note)


def _best(claim: Claim, measured: Measured, choices: Choices) -> Verdict:
    """Return the verdict on one value of an axis against each other one; the nearest is named."""
    (axis,), one = claim.axes, chosen(claim.one)
    sign, _ = _expected(claim, measured)
    rivals: list[tuple[Verdict, float]] = []
    for value in values_of(choices)[axis]:
        if value in one[axis]:
            continue
        other = {**one, axis: (value,)}
        found = contrast(measured, pairs(choices, one, other))
        verdict, needed = decided(claim, measured, found)
        made = Verdict(verdict, found, needed, _words(one), _words(other), found.note)
        rivals.append((made, sign * found.difference))
    if not rivals:
        return Verdict(UNTESTED, one=_words(one), note=f"{axis} has no other value")
    verdicts = [rival.verdict for rival, _ in rivals]
    overall = next((v for v in (FAILS, UNTESTED, UNDECIDED) if v in verdicts), HOLDS)
    # Of those that the verdict rests on; what was not compared has no difference.
    resting = [pair for pair in rivals if pair[0].verdict == overall]
    nearest_one = min(resting, key=lambda pair: pair[1] if pair[1] == pair[1] else math.inf)[0]
    numbers = [rival.needed for rival, _ in rivals if rival.verdict == UNDECIDED]
    known = [number for number in numbers if number is not None]
    most = max(known) if overall == UNDECIDED and len(known) == len(numbers) else None
    counts = f"{verdicts.count(HOLDS)} of {len(rivals)} others are behind by more than chance"
    note = "; ".join(filter(None, (counts, nearest_one.note)))
    return replace(nearest_one, needed=most, note=note)


def _untestable(claim: Claim, choices: Choices, grid: str) -> str:
    """Return why a claim is about other cells than these; empty where it is not."""
    if claim.grids and grid not in claim.grids:
        return f"a claim about {' or '.join(claim.grids)}; this grid is {grid}"
    there = values_of(choices)
    for axis, value in claim.named:
        if axis not in there:
            return f"the grid has no axis '{axis}' ({nearest(axis, there, 'axes')})"
        if value is not None and value not in there[axis]:
            return f"the axis {axis} has no '{value}' ({nearest(value, there[axis], 'values')})"
    return ""


def _row(claim: Claim, verdict: Verdict) -> dict[str, object]:
    margin = claim.margin
    if margin is None and claim.kind != "no_winner":
        margin = 1.0 if claim.score in RATIOS else 0.0
    ours = ("paper", "text", "shows", "refutes")
    return {
        "claim": claim.id,
        **{name: getattr(claim, name) for name in ours},
        "score": ", ".join(claim.measured),
        "one": verdict.one,
        "other": verdict.other,
        "expect": claim.expect or "",
        "margin": margin,
        **verdict.found.row(),
        "units": verdict.found.units,
        "pairs": verdict.found.pairs,
        "verdict": verdict.verdict,
        "needed": verdict.needed,
        "note": " ".join(filter(None, (claim.note, _sentence(verdict.note)))),
    }


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}." if note else ""


def _words(selection: Chosen) -> str:
    """Return a choice of cells in words, as `crops = multi`."""
    return ", ".join(f"{axis} = {' or '.join(values)}" for axis, values in selection.items())


def _others(claim: Claim) -> str:
    return _words(chosen(claim.other)) or (f"every other {claim.axes[0]}" if claim.axes else "")
