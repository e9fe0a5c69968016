"""Commands that show what is there: the catalogue as a list, finished runs as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.options import Wait, say

if TYPE_CHECKING:
    from collections.abc import Mapping

# Other words for a room.
_ALSO = {"steps": "profiling", "layouts": "screens", "pixel-steps": "pixels"}


def list_all(
    room: Annotated[
        str | None, typer.Argument(help="One kind of thing, or a recipe or grid.")
    ] = None,
    markdown: Annotated[  # noqa: FBT002
        bool, typer.Option("--markdown", help="Print a table for a page; needs a room.")
    ] = False,
) -> None:
    """List what there is: layouts, encoders, methods, steps, metrics, recipes, grids and more.

    Entries of packages given with --plugin, or installed as plugins, are among them.

    The name of a recipe or grid prints it, as it may be copied and changed.

    Example: `phenolens list metrics`, `phenolens list simulated/byol`
    """
    from phenolens.core.errors import InputError, nearest
    from phenolens.core.registry import ROOMS

    rooms = (*ROOMS, "recipes", "grids")
    room = _ALSO.get(room or "", room)
    if path := _shipped(room or ""):
        from phenolens.core.small_files import read_small

        typer.echo(read_small(path), nl=False)
        return
    if room is not None and room not in rooms:
        raise InputError(
            "nothing of that kind", where=room or "''", fix=nearest(room, (*rooms, *_ALSO))
        )
    if markdown:
        if room not in ROOMS:
            raise InputError("needs a room", where="--markdown", fix=nearest(room or "", ROOMS))
        from phenolens.core.docs import table

        typer.echo(table(room), nl=False)
        return
    for name in rooms:
        if room in (None, name):
            typer.secho(name, bold=True)
            for key, summary in _summaries(name).items():
                typer.echo(f"  {key:22} {summary}")


def first_comment(path: Path) -> str:
    """Return the comment that a file begins with."""
    from phenolens.core.small_files import read_small

    first = read_small(path).split("\n", 1)[0]
    return first.removeprefix("#").strip()


def _shipped(name: str) -> Path | None:
    """Return the file of a shipped recipe or grid of that name."""
    from phenolens.runs.recipe import shipped_grids, shipped_recipes

    return {**shipped_recipes(), **shipped_grids()}.get(name)


def _summaries(room: str) -> Mapping[str, str]:
    """Return the line of each entry of a room, or of each shipped recipe or grid."""
    from phenolens.core.registry import ROOMS, catalogue

    if room in ROOMS:
        return {name: entry.summary for name, entry in catalogue(room).items()}
    from phenolens.runs.recipe import shipped_grids, shipped_recipes

    shipped = shipped_recipes() if room == "recipes" else shipped_grids()
    return {name: first_comment(path) for name, path in shipped.items()}


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    other: Annotated[
        Path | None, typer.Argument(help="Another one: the page of both next to each other.")
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Page of two runs [FOLDER-and-OTHER.html].")
    ] = None,
    markdown: Annotated[
        bool, typer.Option(help="Print a summary for a lab book instead, as Markdown.")
    ] = False,
    wait: Wait = False,
) -> None:
    """Write the page of a finished run again, or one page that compares two: what was gained, lost.

    Example: `phenolens report runs/quickstart`, `phenolens report runs/byol runs/simclr`
    """
    from phenolens.core.errors import InputError

    if other is not None:
        if markdown or wait:
            name = "--markdown" if markdown else "--wait"
            raise InputError("is for one run", where=name, fix="leave it out, or name one run")
        typer.echo(str(_two(folder, other, out)))
        return
    if out is not None:
        raise InputError("is for two runs", where="--out", fix="the page of a run is in its folder")
    from phenolens.core.lock import held
    from phenolens.core.run_folder import RunFolder
    from phenolens.runs.page import summary, write_page

    _refuse_damaged(folder)
    if markdown:
        typer.echo(summary(RunFolder(folder)), nl=False)
        return
    with held(folder, say, wait=wait):
        typer.echo(str(write_page(RunFolder(folder), say)))


def _two(one: Path, other: Path, out: Path | None) -> Path:
    """Write the page of two runs, next to the first where no other place is named."""
    from phenolens.core.target import check_ending, check_target
    from phenolens.two_runs.page import render

    place = out or one.parent / f"{one.name}-and-{other.name}.html"
    check_ending(place, ".html", "a page")
    check_target(place, [one, other])
    for folder in (one, other):
        _refuse_damaged(folder)
    return render(one, other, place)


def _refuse_damaged(folder: Path) -> None:
    """Raise where a run is not finished, or a file in it is not as it was written."""
    from phenolens.core.run_folder import RunFolder
    from phenolens.runs.folder import refuse_changed
    from phenolens.runs.results import Results

    Results.read(folder)  # refuses results of another recipe than the folder's
    refuse_changed(RunFolder(folder))
