"""The command from a microscope's folder to a prepared screen."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phenolens.cli.options import Changes, Json, MachineOption, Wait, machine, say
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.intake.prepare import Planned
    from phenolens.intake.understood import Understood

INCOMPLETE = 3  # the exit status where images were left out
_MAPS, _SHOWN = 4, 20  # plates that are drawn, images that are named in the terminal


@dataclass(frozen=True, kw_only=True)
class FolderOptions:
    """A folder and what it does not say.

    Attributes:
        root: The folder.
        layout: Its layout.
        platemap: A table.
        changes: `KEY=VALUE`.
    """

    root: Annotated[Path, typer.Argument(help="Folder of the images.")]
    layout: Annotated[
        str, typer.Option(help="Its layout, instead of the recognised one; `phenolens list`.")
    ] = ""
    platemap: Annotated[
        str,
        typer.Option(metavar="FILE", help="Table of treatments, joined by plate and well."),
    ] = ""
    changes: Changes = None

    def plan(self) -> Planned:
        """Return what is to be prepared.

        Raises:
            InputError: No layout fits, or the screen cannot be read as it is.
        """
        from phenolens.chains.settings import changed
        from phenolens.intake.prepare import plan

        log = logging.getLogger("phenolens")
        level = log.level
        log.setLevel(logging.WARNING)  # the notes are shown as flags
        try:
            return plan(self.root, self.layout, changed({}, self.changes or ()), self.platemap)
        finally:
            log.setLevel(level)


@spread
def prepare(  # noqa: PLR0913  # what, where, how, and what is allowed
    *,
    folder: FolderOptions,
    out: Annotated[Path | None, typer.Option(help="Folder of the store [ROOT's name.store].")] = (
        None
    ),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what was understood, and stop.")
    ] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="End with status 0 though images are left out.")
    ] = False,
    machine_settings: MachineOption = None,
    wait: Wait = False,
    as_json: Json = False,
) -> None:
    """Recognise a microscope's folder, show what was understood, and prepare its pixels.

    Names, tables and headers are read first; then the pixels are written into a store, and a page
    next to it. Run it again to resume. A damaged file costs its field alone: it is named at the
    end, and the status is 3.

    Example: `phenolens prepare /data/BR00122249 --platemap map.csv --out BR00122249.store`
    """
    from phenolens.core.lock import held
    from phenolens.intake.estimate import Estimate
    from phenolens.intake.page import render
    from phenolens.intake.prepare import write
    from phenolens.intake.understood import Understood
    from phenolens.runs.progress import Bar

    settings = machine(machine_settings)
    place, page = _places(folder, out)
    planned = folder.plan()
    understood = Understood.of(planned.recognition.words(), planned.screen, planned.problems)
    cost = Estimate.of(planned.screen, place, settings.threads).words
    if not as_json:
        _print(understood, cost)
    left_out: Sequence[str] = planned.screen.left_out or ()
    with held(place, say, wait=wait):
        if not dry_run:
            with Bar("prepare") as bar:
                store, left_out = write(planned, place, settings.threads, bar)
        render(understood, folder.root, cost, left_out, page)
    if as_json:
        table: dict[str, Any] = {**understood.table, "cost": cost, "left_out": list(left_out)}
        typer.echo(json.dumps(table, indent=1))
    if not dry_run:
        say(f"store: {place} ({len(store)} images)")
    say(f"page: {page}")
    raise typer.Exit(_end(left_out, allowed=allow_missing or dry_run))


def _places(folder: FolderOptions, out: Path | None) -> tuple[Path, Path]:
    """Return where the store and the page are written.

    Raises:
        InputError: Something else is there, which would be overwritten.
    """
    from phenolens.core.errors import InputError
    from phenolens.intake.page import check_page
    from phenolens.intake.prepare import refuse_other

    place = out or Path(f"{folder.root.resolve().name}.store")
    if place.name in ("", ".."):
        place = place.resolve()
    if not place.name:
        raise InputError("is not the name of a folder", where="--out", fix="name a new folder")
    refuse_other(place)
    page = place.with_name(f"{place.name}.html")
    return place, check_page(page, [Path(folder.platemap)] if folder.platemap else [])


def _print(understood: Understood, cost: str) -> None:
    from phenolens.core.errors import one_line
    from phenolens.intake.plate_map import WORDS
    from phenolens.intake.understood import flag_lines

    for line in understood.layout:
        typer.echo(one_line(line))
    for fact, words in (*understood.facts, ("cost", cost)):
        typer.echo(f"  {fact:12} {one_line(words)}")
    typer.echo(understood.plates.to_string(index=False))
    for one in understood.maps[:_MAPS]:
        typer.secho(one_line(one.plate), bold=True)
        for line in one.text():
            typer.echo(line)
    if len(understood.maps) > _MAPS:
        typer.echo(f"{len(understood.maps) - _MAPS} more plates are on the page")
    typer.echo("; ".join(f"{mark} {words}" for mark, words in WORDS.items()))
    for line in flag_lines(understood.flags):
        typer.echo(f"flag: {one_line(line)}")


def _end(left_out: Sequence[str], *, allowed: bool) -> int:
    """Name what was left out; return the exit status."""
    from phenolens.core.errors import one_line

    for why in left_out[:_SHOWN]:
        say(f"left out: {one_line(why)}")
    if len(left_out) > _SHOWN:
        say(f"left out: {len(left_out) - _SHOWN} more, all on the page")
    return INCOMPLETE if left_out and not allowed else 0
