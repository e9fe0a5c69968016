"""The page: one run folder becomes one HTML file that opens offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.drawing.categories import Category, categorise
from phenolens.drawing.confusion import Confusion
from phenolens.drawing.highlight import highlight
from phenolens.drawing.svg import Markup
from phenolens.drawing.template import embed, load_template, read_part, write_page
from phenolens.drawing.theme import stylesheet
from phenolens.report.gallery import Gallery
from phenolens.report.profile_map import ProfileMap, mechanisms
from phenolens.report.run_folder import RunFolder
from phenolens.report.scores import panels
from phenolens.report.tables import Row, cost_facts, provenance_facts, treatment_rows
from phenolens.report.training import Training
from phenolens.report.verdict import verdict


def render(folder: Path) -> Path:
    """Write `report.html` into a run folder and return its path.

    Sections whose files are missing are left out. The page is written beside, then renamed, so a
    reader never sees half of one.

    Args:
        folder: As a run has written it; it must hold results.json.

    Raises:
        InputError: The folder or a file in it cannot be read.
    """
    run = RunFolder.read(Path(folder))
    html = load_template("page.html.j2").render(**_context(run))
    return write_page(html, run.path / "report.html")


def _context(run: RunFolder) -> dict[str, Any]:
    meta = run.profiles.meta if run.profiles is not None else None
    scored, rows = treatment_rows(meta, run.rows)
    gallery = Gallery.of(run.examples) if run.examples is not None else None
    thumbs = gallery.first() if gallery else {}
    seed = run.results.get("seed") or 0
    shown_panels = panels(run.results)
    drawn = ProfileMap.of(run.profiles, rows, seed, thumbs) if run.profiles is not None else None
    marks = _marks(run, rows)
    return {
        "name": run.results.get("recipe") or run.path.name,
        "results": run.results,
        "embedded": embed(run.results),
        "provenance": run.provenance,
        "panels": shown_panels,
        "verdict": verdict(shown_panels),
        "map": drawn,
        "map_data": embed(drawn.data) if drawn else Markup("{}"),
        "marks": marks,
        "confusions": _confusions(run, marks),
        "scored": scored,
        "rows": rows,
        "thumbs": thumbs,
        "gallery": gallery,
        "training": Training.of(run.logs),
        "cost": cost_facts(run.results.get("cost") or {}),
        "recipe": highlight(run.recipe),
        "facts": provenance_facts(run.provenance),
        "style": Markup(stylesheet() + read_part("style.css")),
        "script": Markup(read_part("page.js")),
    }


@dataclass(frozen=True, slots=True)
class _Matrix:
    key: str
    svg: Markup
    left_out: int


def _confusions(run: RunFolder, marks: Mapping[str, Category]) -> list[_Matrix]:
    found = []
    for key, rows in run.rows.items():
        counted = Confusion.of(rows)
        if counted is not None:
            found.append(_Matrix(key, counted.draw(marks), counted.left_out))
    return sorted(found, key=lambda matrix: matrix.key != "nscb")


def _marks(run: RunFolder, rows: list[Row]) -> dict[str, Category]:
    """Return mechanism -> its mark, the same in every figure and table of the page."""
    known = run.profiles.meta if run.profiles is not None else None
    values = [row.moa for row in rows] if known is None else mechanisms(known)
    kinds, _ = categorise(values)
    return {kind.name: kind for kind in kinds}
