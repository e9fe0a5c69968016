"""The command that reads tables of curves: what was understood, then a table and a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.options import Json
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.curves.curve_files import CurveFiles, Curves


@dataclass(frozen=True, kw_only=True)
class CurveOptions:
    """The files of curves that a command reads, and what they do not say.

    Attributes:
        files: Files or globs.
        same: `NAME=OTHER`.
        control: Names of controls.
        cell_line: Of all curves.
        cell_line_of_run: Expression that finds it in a run's name.
        variables: The measurements to keep.
        unit: Of doses without one; or `FILE=UNIT`.
        time_unit: Of times without one.
        added_at: Hours.
        columns: `OURS=THEIRS`.
        where: Query on the metadata.
    """

    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Tables of curves and maps of plates: .csv, .txt, .xlsx, .parquet, PlateMap .xml.",
        ),
    ]
    same: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=OTHER", help="Two names of one drug: Erl=Erlotinib; several."),
    ] = None
    control: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A condition that is a negative control; several."),
    ] = None
    cell_line: Annotated[str, typer.Option(help="Cell line, where the files do not say it.")] = ""
    cell_line_of_run: Annotated[
        str,
        typer.Option(metavar="REGEX", help="How to find the line in a run's name: '(PC9|H1299)'."),
    ] = ""
    variables: Annotated[
        list[str] | None,
        typer.Option("--variable", metavar="NAME", help="A measurement to keep; several [all]."),
    ] = None
    unit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[FILE=]UNIT",
            help="Unit of doses that are written without one: nM; of some files: 'old*.csv=uM'.",
        ),
    ] = None
    time_unit: Annotated[
        str,
        typer.Option(
            metavar="UNIT",
            help="Unit of times whose column names none: min; or '3 h' between two frames [h].",
        ),
    ] = ""
    added_at: Annotated[
        float, typer.Option(metavar="HOURS", help="Time at which the drug was added.")
    ] = 0.0
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="OURS=THEIRS", help="Name a column of a long table: time=Hours."
        ),
    ] = None
    where: Annotated[
        str, typer.Option(metavar="QUERY", help="Rows to keep: 'compound != \"blank\"'.")
    ] = ""

    def build(self) -> CurveFiles:
        """Return the files that the options describe.

        Raises:
            InputError: An option is not of its form.
        """
        from phenolens.curves.curve_files import CurveFiles

        return CurveFiles(
            files=tuple(self.files),
            same=_pairs(self.same or (), "--same"),
            control=tuple(self.control or ()),
            cell_line=self.cell_line,
            cell_line_of_run=self.cell_line_of_run,
            variables=tuple(self.variables or ()),
            unit=_unit(self.unit or ()),
            time_unit=self.time_unit,
            added_at=self.added_at,
            columns=_pairs(self.columns or (), "--column"),
            where=self.where,
        )


@spread
def curves(
    *,
    source: CurveOptions,
    out: Annotated[
        Path | None, typer.Option(help="Table of profiles to write: .parquet, .csv.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="PAGE.html", help="Page of small multiples to write.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what was understood of tables of curves, and write them as one long table of profiles.

    Each run is listed with its drugs, doses, controls, replicates and times before anything is
    computed. The table has one row per curve and time; `[curves]` in a recipe reads the same.

    Example: `phenolens curves singles/*.csv --same Erl=Erlotinib --out curves.parquet
    --page curves.html`
    """
    from phenolens.core.formats.dispatch import check_table
    from phenolens.core.target import check_ending, check_target

    files = source.build()
    inputs = files.paths(Path())
    if out:
        check_table(out, inputs)
    if page:
        check_target(check_ending(page, ".html", "a page"), inputs)
    read = files.read(Path())
    _print(read, as_json=as_json)
    if out:
        read.profiles.save(out)
    if page:
        from phenolens.curves.page import render

        render(read, page)
    for path in filter(None, (out, page)):
        typer.echo(str(path), err=as_json)


def _print(read: Curves, *, as_json: bool) -> None:
    """Print what was understood of each run, then what concerns all of them."""
    from phenolens.core.counts import count_of
    from phenolens.core.errors import one_line
    from phenolens.curves.words import words_of

    if as_json:
        facts = {"runs": [run.facts() for run in read.runs], "notes": list(read.notes)}
        typer.echo(json.dumps({**facts, "rows": len(read.profiles)}, indent=1))
        return
    for run in read.runs:
        typer.secho(one_line(run.run), bold=True)
        for fact, words in words_of(run):
            typer.echo(f"  {fact:12} {words}")
        for note in run.notes:
            typer.echo(f"  {'note':12} {one_line(note)}")
    for note in read.notes:
        typer.echo(f"note: {one_line(note)}")
    typer.echo(f"{count_of(len(read.profiles), 'row')} of {', '.join(read.profiles.names)}")


def _unit(texts: Sequence[str]) -> str | dict[str, str]:
    """Return the unit of all files, or file -> unit; one without a file is that of the others."""
    from phenolens.core.errors import InputError

    plain = [text for text in texts if "=" not in text]
    if len(plain) > 1:
        what = f"two units for all files: {', '.join(plain)}"
        raise InputError(what, where="--unit", fix="name the files of one, as --unit 'a*.csv=nM'")
    if len(plain) == len(texts):
        return next(iter(plain), "")
    named = _pairs([text for text in texts if "=" in text], "--unit")
    return named | ({"*": plain[0]} if plain else {})


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    from phenolens.core.errors import InputError

    named = {}
    for text in texts:
        one, equals, other = text.partition("=")
        if not (one.strip() and equals and other.strip()):
            what = f"expected NAME=OTHER, got {text!r}"
            raise InputError(what, where=option)
        named[one.strip()] = other.strip()
    return named
