"""The page: one run folder becomes one HTML file, or a folder of parts, that opens offline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.registry import catalogue
from phenolens.drawing.svg import Markup
from phenolens.drawing.template import SHARED, embed, load_template, read_part
from phenolens.drawing.theme import stylesheet
from phenolens.report.markdown import markdown
from phenolens.report.parts import PAGE, clear_parts, write_parts
from phenolens.report.table import table_of
from phenolens.results.contents import RunContents
from phenolens.results.limits import Limits
from phenolens.results.parts import Part
from phenolens.sections.base import Section

PACKAGE = "phenolens.report"
# Before the scripts of the sections, which use them.
_SHARED_SCRIPTS = ("page.js", "state.js", "packed.js")
_SCRIPTS = (
    "files.js",
    "table.js",
    "gallery.js",
    "query.js",
    "drawer.js",
    "drawer_facts.js",
    "pictures.js",
    "exports.js",
)


def render(folder: Path, limits: Limits | None = None) -> Path:
    """Write `report.html` into a run folder and return its path.

    The page is what the sections of the catalogue make of the run; a section that has nothing to
    show is left out. Of a run with more than one page holds, the page and its parts are the folder
    `report/`, and `report.html` leads there; what is left of the other form is deleted.

    Args:
        folder: Of a finished run; it must hold results.json.
        limits: How much one page holds; the usual where it is None.

    Raises:
        InputError: The folder or a file in it cannot be read.
    """
    run = RunContents.read(Path(folder), limits)
    kinds = _kinds()
    sections = [section for kind in kinds if (section := _made(kind, run)) is not None]
    table, parts = table_of(run)
    for section in sections:
        parts.update(section.parts)
    html = _html(run, kinds, sections, table, parts)
    if not run.in_parts:
        path = write_text(run.folder.report, html)
        clear_parts(run.folder)
        return path
    write_parts(run.folder, html, parts)
    leads = load_template("leads.html.j2", PACKAGE).render(
        name=_name(run), version=run.results.get("version"),
        place=f"{run.folder.report_parts.name}/{PAGE}",
    )  # fmt: skip
    return write_text(run.folder.report, leads)


def _html(
    run: RunContents,
    kinds: Sequence[type[Section]],
    sections: Sequence[Section],
    table: Markup | None,
    parts: Mapping[str, Part],
) -> str:
    html: str = load_template("page.html.j2", PACKAGE).render(
        name=_name(run),
        version=run.results.get("version"),
        results=run.results,
        provenance=run.provenance,
        sections=sections,
        contents=[(each.id, each.label or each.title) for each in sections if each.title],
        embedded=embed(run.results),
        table=table,
        in_parts=run.in_parts,
        first=[name for name, part in parts.items() if part.first],
        reads=Markup(read_part("parts.js", PACKAGE)),
        summary=embed({"text": markdown(run)}),
        style=Markup(
            stylesheet()
            + read_part("page.css", SHARED)
            + read_part("drawer.css", PACKAGE)
            + read_part("exports.css", PACKAGE)
            + read_part("parts.css", PACKAGE)
            + _joined(kind.style for kind in kinds)
        ),
        script=Markup(
            "".join(read_part(name, SHARED) for name in _SHARED_SCRIPTS)
            + "".join(read_part(name, PACKAGE) for name in _SCRIPTS)
            + _joined(kind.script for kind in kinds)
        ),
    )
    return html


def _name(run: RunContents) -> object:
    return run.results.get("recipe") or run.folder.root.name


def _made(kind: type[Section], run: RunContents) -> Section | None:
    """Return a section of the run, or None; what a section of a plugin raises names it."""
    try:
        return kind.of(run)
    except Exception as error:
        if kind.__module__.startswith("phenolens."):
            if shown := [name for name in kind.explains if name in run.explanations]:
                raise InputError(
                    f"does not hold what its section shows: {type(error).__name__}: {error}",
                    where=run.folder.explanations / shown[0],
                    fix="delete the folder and give the same run again: it will be made again",
                ) from error
            raise
        raise InputError(
            f"the section cannot be made: {type(error).__name__}: {error}",
            where=kind.__module__,
            fix="correct it, or leave its package out; the results of the run are complete",
        ) from error


def _kinds() -> list[type[Section]]:
    """Return the sections of the catalogue in the order of the page."""
    kinds = [(entry.name, entry.load()) for entry in catalogue("sections").values()]
    return [kind for _, kind in sorted(kinds, key=lambda pair: (pair[1].place, pair[0]))]


def _joined(parts: Iterable[Callable[[], str]]) -> str:
    return "".join(part() for part in parts)
