"""The page of two runs: one HTML file that opens offline."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.drawing.svg import Markup
from phenolens.drawing.template import SHARED, embed, load_template, read_part
from phenolens.drawing.theme import stylesheet
from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.two_runs.drawn import maps, pictures
from phenolens.two_runs.gained import changes
from phenolens.two_runs.gaps import Gap, gaps
from phenolens.two_runs.moved import moved
from phenolens.two_runs.settings import differing

PACKAGE = "phenolens.two_runs"
_MOVED = 20  # treatments that are listed


def render(one: Path, other: Path, out: Path) -> Path:
    """Write the page of two runs and return its path.

    Differences are the second run less the first, over the rows that both have.

    Args:
        one: Folder of the first run.
        other: Folder of the second run.
        out: Of the page.

    Raises:
        InputError: A folder or a file in it cannot be read, or the two have no score in common.
    """
    runs = RunContents.read(one), RunContents.read(other)
    names = _names(one, other)
    found = gaps(*runs, names)
    if not found:
        raise InputError(
            f"has no score in common with {one}",
            where=other,
            fix="give two runs with the same metrics; `phenolens run` adds a metric to a run",
        )
    answers = changes(*runs)
    parts = [("scores", "Scores"), ("recipes", "What differs in the recipes")]
    near = moved(runs[0].profiles, runs[1].profiles)
    drawn = maps(*runs)
    parts += [("treatments", "Treatments gained and lost")] if answers else []
    parts += [("moved", "Treatments that moved")] if near else []
    parts += [("maps", "Maps")] if drawn else []
    html = load_template("page.html.j2", PACKAGE).render(
        name=f"{names[0]} and {names[1]}",
        version=runs[1].results.get("version") or "",
        names=names,
        gaps=found,
        verdict=_verdict(found),
        answers=[(facts_of(each.key).title, each) for each in answers],
        pictures=pictures(runs[1], answers) or pictures(runs[0], answers),
        recipes=differing(runs[0].recipe, runs[1].recipe),
        moved=near,
        listed=_MOVED,
        maps=drawn,
        contents=parts,
        embedded=embed({"runs": list(names), "gaps": {g.panel.key: _plain(g) for g in found}}),
        style=Markup(stylesheet() + read_part("page.css", SHARED) + read_part("page.css", PACKAGE)),
        script=Markup(read_part("page.js", SHARED)),
    )
    return write_text(out, html)


def _names(one: Path, other: Path) -> tuple[str, str]:
    """Return the shortest endings of the two paths that differ."""
    here, there = one.resolve().parts, other.resolve().parts
    for count in range(1, max(len(here), len(there)) + 1):
        short = "/".join(here[-count:]), "/".join(there[-count:])
        if short[0] != short[1]:
            return short
    return f"{short[0]} (first)", f"{short[1]} (second)"


def _verdict(found: tuple[Gap, ...]) -> str:
    """Return in a sentence what the scores say."""
    clear = [f"{gap.panel.title}: {gap.words}" for gap in found if gap.found == "differs"]
    unknown = [gap.panel.title for gap in found if gap.found == "unknown"]
    if len(unknown) == len(found):
        return "No score could be compared row by row: the table says why."
    left = f" Not compared: {', '.join(unknown)}." if unknown else ""
    if clear:
        return f"{'; '.join(clear)}.{left}"
    test = "sign-flip test over compounds, after Holm"
    return f"No score that was compared differs by more than chance ({test}).{left}"


def _plain(gap: Gap) -> dict[str, float | int | str | None]:
    numbers = {"difference": gap.difference, "low": gap.low, "high": gap.high, "p": gap.p}
    made = {key: value if value == value else None for key, value in numbers.items()}
    return {**made, "rows": gap.rows, "verdict": gap.words}
