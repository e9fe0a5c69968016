"""The claims: what papers say, what was measured here, and whether it holds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from phenolens.drawing.numbers import p_text, shown, signed
from phenolens.overview.compared import Compared
from phenolens.overview.entries import interval, number, text
from phenolens.overview.gaps import Gap, gap_of
from phenolens.overview.part import Part, fill

KINDS: Mapping[str, str] = {"holds": "holds", "does not hold": "fails"}  # verdict -> its colour


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a paper.

    Attributes:
        claim: Its name.
        paper: Where it is from.
        text: What it says.
        shows: What would show it.
        refutes: What would refute it.
        score: As shown.
        compared: The two that are compared, in words.
        gap: What was measured.
        verdict: `holds`, `does not hold`, `undecided at this size` or `not tested here`.
        needed: How many units would decide it; NaN where that is not known.
        note: What a reader must know.
        agree: Share of pairs of cells and seeds with the sign of the difference; NaN: not known.
        ratio: Whether the gap is how many times as much: that of a cost.
    """

    claim: str
    paper: str
    text: str
    shows: str
    refutes: str
    score: str
    compared: str
    gap: Gap
    verdict: str
    needed: float
    note: str
    agree: float = math.nan
    ratio: bool = False

    @property
    def kind(self) -> str:
        """The colour of its verdict."""
        return KINDS.get(self.verdict, "open")

    @property
    def measured(self) -> str:
        """The difference with its interval, as text."""
        gap = self.gap
        if not math.isfinite(gap.value):
            return ""
        both = math.isfinite(gap.low) and math.isfinite(gap.high)
        p = f", p {p_text(gap.p)}" if math.isfinite(gap.p) else ""
        if self.ratio:
            return f"{shown(gap.value)} times {interval(gap.low, gap.high, 2)}".rstrip() + p
        ends = f" [{signed(gap.low, 3)}, {signed(gap.high, 3)}]" if both else ""
        return f"{signed(gap.value, 3)}{ends}{p}"


def claims(compared: Compared) -> Part | None:
    """Return the section, or None where no claims were given."""
    found = claims_of(compared)
    if not found:
        return None
    counts = Counter(one.verdict for one in found).most_common()
    return fill("claims", "Claims", "Claims", claims=found, counts=counts)


def claims_of(compared: Compared) -> list[Claim]:
    """Return the claims of the table, in its order."""
    table = compared.claims
    rows = table.to_dict("records") if {"claim", "verdict"} <= set(table.columns) else []
    found = []
    for row in rows:
        words = {str(key): text(value) for key, value in row.items()}
        one, other = words.get("one", ""), words.get("other", "")
        ratio = words.get("score", "") in compared.table.columns  # a cost
        found.append(
            Claim(
                **{key: words.get(key, "") for key in ("claim", "paper", "text", "shows")},
                refutes=words.get("refutes", ""),
                score=compared.title(words.get("score", "")),
                compared=f"{one} {'against' if ratio else 'less'} {other}"
                if one and other
                else one or other,
                gap=gap_of({"p_holm": row.get("p"), **row}),
                verdict=words["verdict"],
                needed=number(row.get("needed")),
                note=words.get("note", ""),
                agree=number(row.get("agree")),
                ratio=ratio,
            )
        )
    return found
