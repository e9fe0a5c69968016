"""The page: one run folder becomes one HTML file that opens offline."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.report.categories import Category, categorise
from phenolens.report.confusion import Confusion
from phenolens.report.figures import axis, whisker
from phenolens.report.gallery import Gallery
from phenolens.report.highlight import highlight
from phenolens.report.profile_map import ProfileMap, mechanisms
from phenolens.report.run_folder import RunFolder
from phenolens.report.scores import panels, shown, title
from phenolens.report.svg import Markup
from phenolens.report.tables import Row, cost_facts, provenance_facts, treatment_rows
from phenolens.report.theme import stylesheet
from phenolens.report.training import Training
from phenolens.report.verdict import p_text, verdict


def render(folder: Path) -> Path:
    """Write `report.html` into a run folder and return its path.

    Sections whose files are missing are left out. The page is written beside, then renamed, so a
    reader never sees half of one.

    Args:
        folder: As a run has written it; it must hold results.json.

    Raises:
        InputError: The folder or a file in it cannot be read, or jinja2 is not installed.
    """
    run = RunFolder.read(Path(folder))
    html = _template().render(**_context(run))
    path = run.path / "report.html"
    beside = path.with_name(path.name + ".part")
    beside.write_text(html, encoding="utf-8")
    beside.replace(path)
    return path


def _template() -> Any:
    try:
        jinja2 = importlib.import_module("jinja2")
    except ImportError as error:
        raise InputError(
            "the report needs jinja2", mend="install it with `pip install 'phenolens[report]'`"
        ) from error
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(_part),
    )
    environment.globals.update(
        axis=axis, shown=shown, p_text=p_text, score_title=title, whisker=whisker
    )
    return environment.get_template("page.html.j2")


def _part(name: str) -> str:
    """Return one of the text files that stand beside this module."""
    return files("phenolens.report").joinpath(name).read_text(encoding="utf-8")


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
        "embedded": _embed(run.results),
        "provenance": run.provenance,
        "panels": shown_panels,
        "verdict": verdict(shown_panels),
        "map": drawn,
        "map_data": _embed(drawn.data) if drawn else Markup("{}"),
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
        "style": Markup(stylesheet() + _part("style.css")),
        "script": Markup(_part("page.js")),
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


def _embed(value: Mapping[str, Any]) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
