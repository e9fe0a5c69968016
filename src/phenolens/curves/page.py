"""The page of `phenolens curves`: what was understood, and small multiples; it opens offline."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.files import write_text
from phenolens.curves.curve_files import Curves
from phenolens.curves.multiples import blocks
from phenolens.curves.words import words_of
from phenolens.drawing.svg import Markup
from phenolens.drawing.template import SHARED, embed, load_template, read_part
from phenolens.drawing.theme import stylesheet

PACKAGE = "phenolens.curves"


def render(curves: Curves, path: Path | str) -> Path:
    """Write the page, complete or not at all, and return its path.

    Args:
        curves: What was read.
        path: Of the page.
    """
    drawn = list(blocks(curves.profiles, curves.run_of_row))
    runs = [
        {
            "id": f"run-{place}",
            "run": run.run,
            "words": words_of(run),
            "files": run.files,
            "notes": run.notes,
            "blocks": [block for block in drawn if block.run == run.run],
        }
        for place, run in enumerate(curves.runs)
    ]
    html: str = load_template("page.html.j2", PACKAGE).render(
        name="curves",
        version="",
        runs=runs,
        notes=curves.notes,
        rows=len(curves.profiles),
        count=sum(run.curves for run in curves.runs),
        contents=[(run["id"], run["run"]) for run in runs],
        embedded=embed({"runs": [run.facts() for run in curves.runs]}),
        style=Markup(
            stylesheet() + read_part("page.css", SHARED) + read_part("curves.css", PACKAGE)
        ),
        script=Markup(read_part("page.js", SHARED)),
    )
    return write_text(path, html)
