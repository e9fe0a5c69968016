"""The head of the page: what was compared, and what came out, in plain words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phenolens.core.counts import count_of
from phenolens.drawing.numbers import p_text, signed
from phenolens.overview.compared import ALPHA, Compared, goodness
from phenolens.overview.entries import interval, text
from phenolens.overview.gaps import Gap, Gaps
from phenolens.overview.means import Mean
from phenolens.overview.part import Part, fill

_FEW = 3  # leaders that the claim names


@dataclass(frozen=True, slots=True)
class Lead:
    """Which cell is ahead in one score.

    Attributes:
        score: As shown.
        first: The best cell.
        second: The next one; None where there is one cell alone.
        gap: The best less the next.
        level: Other cells with the very value of the best.
        behind: Cells that are worse by more than chance.
        others: Cells that the best was compared with.
        rival: The best baseline.
        rival_ahead: Whether it is better than every cell.
    """

    score: str
    first: Mean
    second: Mean | None
    gap: Gap
    level: int
    behind: int
    others: int
    rival: Mean | None
    rival_ahead: bool

    @property
    def words(self) -> str:
        """The lead over the next cell, and whether it may be chance."""
        if self.second is None:
            return "no other cell"
        if self.level:
            return (
                f"none: {self.level} other cell{'' if self.level == 1 else 's'} of the same value"
            )
        if not math.isfinite(self.gap.value):
            return f"over {self.second.name}: {self.gap.note or 'not compared'}"
        figures = f"{signed(self.gap.value, 3)} {interval(self.gap.low, self.gap.high)}".strip()
        p = f" (p {p_text(self.gap.p)})" if math.isfinite(self.gap.p) else ""
        verdict = "more than chance" if self.gap.clear else "may be chance"
        return f"over {self.second.name}: {figures}, {verdict}{p}"


def summary(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> Part:
    """Return the head of the page; it has no heading of its own."""
    found = leads(compared, ranked)
    cells = {text(name) for name in compared.table.loc[~compared.table["baseline"], "cell"]}
    failed = {run: why for run, why in compared.missing.items() if why}
    waiting = [run for run, why in compared.missing.items() if not why]
    return fill(
        "summary",
        "",
        claim=claim(found),
        leads=found,
        counts=_counts(compared, len(cells)),
        axes=_axes(compared),
        failed=failed,
        waiting=waiting,
        alpha=ALPHA,
    )


def leads(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> list[Lead]:
    """Return which cell is ahead in each score; a score that no cell has is left out."""
    found = []
    for score, ones in ranked.items():
        known = [one for one in ones if math.isfinite(one.value)]
        cells = [one for one in known if not one.baseline]
        if not cells:
            continue
        gaps = Gaps.of(compared.differences, score)
        first, better = cells[0], compared.better_of(score)
        against = [gaps.between(first.name, other.name) for other in cells[1:]]
        rival = next((one for one in known if one.baseline), None)
        found.append(
            Lead(
                score=compared.title(score),
                first=first,
                second=cells[1] if against else None,
                gap=against[0] if against else gaps.between("", ""),
                level=sum(math.isclose(one.value, first.value) for one in cells[1:]),
                behind=sum(gap.clear and _is_better(gap, better) for gap in against),
                others=len(against),
                rival=rival,
                rival_ahead=rival is not None
                and goodness(rival.value, better) > goodness(first.value, better),
            )
        )
    return found


def _is_better(gap: Gap, better: str) -> bool:
    """Return whether the first of a pair is the better one; of scores near zero its place says."""
    return gap.value > 0 if better == "high" else gap.value < 0 if better == "low" else True


def claim(found: Sequence[Lead]) -> str:
    """Return in one or two sentences which cells are ahead, and whether by more than chance."""
    if not found:
        return "No cell has a score yet."
    if all(lead.second is None for lead in found):
        return f"One cell is finished, {found[0].first.name}: there is nothing to compare yet."
    alone = [lead for lead in found if not lead.level]
    ahead = Counter(lead.first.name for lead in alone)
    if not alone:
        where = found[0].score if len(found) == 1 else "any score"
        return f"No cell is ahead in {where}: several share the best value.{_baselines(found)}"
    if len(found) == 1:
        words = f"{found[0].first.name} is ahead in {found[0].score}"
    elif len(ahead) == 1 and len(alone) == len(found):
        words = f"{found[0].first.name} is ahead in all {len(found)} scores"
    else:
        named = [f"{name} in {count}" for name, count in ahead.most_common(_FEW)]
        more = f", {len(ahead) - _FEW} others in one each" if len(ahead) > _FEW else ""
        if len(ahead) > _FEW and ahead.most_common()[_FEW][1] > 1:
            more = f", {len(ahead) - _FEW} others in the rest"
        words = f"No cell is ahead in all {len(found)} scores: {', '.join(named)}{more}"
    shared = [lead.score for lead in found if lead.level]
    words += f"; several share the best value in {', '.join(shared)}" if shared else ""
    return f"{words}; {_beyond_chance(found)}.{_baselines(found)}"


def _beyond_chance(found: Sequence[Lead]) -> str:
    clear = [lead.score for lead in found if lead.gap.clear]
    if len(found) == 1:
        return "by more than chance" if clear else "its lead over the next may be chance"
    if not clear:
        return "no lead over the next cell is more than chance"
    if len(clear) == len(found):
        return "every lead over the next cell is more than chance"
    return f"the lead over the next cell is more than chance in {', '.join(clear)} only"


def _baselines(found: Sequence[Lead]) -> str:
    above = [
        f"{lead.rival.name} in {lead.score}" for lead in found if lead.rival_ahead and lead.rival
    ]
    return f" A baseline is better than every cell: {', '.join(above)}." if above else ""


def _counts(compared: Compared, cells: int) -> list[str]:
    table = compared.table
    own = table.loc[~table["baseline"], ["cell", "seed"]].drop_duplicates()
    seeds = own["seed"].nunique()
    runs = table["total_seconds"].notna() if "total_seconds" in table else table["baseline"] & False
    marked = table.loc[table["baseline"] & runs, "cell"].nunique()
    counts = [
        f"{cells} cell{'' if cells == 1 else 's'}" + (f" and {marked} as baseline" * bool(marked)),
        f"{seeds} seed{'' if seeds == 1 else 's'}",
        f"{len(compared.scores)} score{'' if len(compared.scores) == 1 else 's'}",
        f"{count_of(len(own), 'run')} finished",
    ]
    return [*counts, f"{len(compared.missing)} not finished"] if compared.missing else counts


def _axes(compared: Compared) -> list[tuple[str, list[str]]]:
    """Return each axis with its values, in the order of the table."""
    cells = compared.table.loc[~compared.table["baseline"]]
    found = []
    for axis in compared.axes:
        values = dict.fromkeys(text(value) for value in cells[axis])
        found.append((axis, [value for value in values if value]))
    return [(axis, values) for axis, values in found if values]
