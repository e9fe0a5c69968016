"""The command from a microscope's folder to a prepared screen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phenolens.cli.folder_options import FolderOptions
from phenolens.cli.options import Json, MachineOption, Wait, machine, say
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.core.machine import Machine
    from phenolens.core.screen import Screen
    from phenolens.intake.output import Output
    from phenolens.intake.prepare import Planned
    from phenolens.intake.seen import SeenPixels
    from phenolens.intake.understood import Understood

INCOMPLETE = 3  # the exit status where images were left out
_MAPS, _SHOWN = 4, 20  # plates that are drawn, images that are named in the terminal


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """What is written, and where.

    Attributes:
        out: Folder or URL.
        form: Format.
        steps: Pixel steps.
    """

    out: Annotated[
        str | None,
        typer.Option(help="Folder of the store [ROOT's name.store]; with zarr also s3://..."),
    ] = None
    form: Annotated[
        str,
        typer.Option(
            "--format", help="store (to train from), zarr (Zarr v3), ome_zarr (plates for viewers)."
        ),
    ] = "store"
    steps: Annotated[
        str,
        typer.Option(
            "--pixels",
            metavar="STEPS",
            help="Pixel steps on the way: 'illumination, resize(factor=0.5)'; see `list pixels`.",
        ),
    ] = ""

    def places(self, folder: FolderOptions) -> tuple[Output, Path]:
        """Return where the store and the page are written.

        Raises:
            InputError: Something else is there, which would be overwritten.
        """
        from phenolens.core.errors import InputError
        from phenolens.intake.output import ENDINGS, Output
        from phenolens.intake.page import check_page

        output = Output(self.out or f"{folder.name}{ENDINGS.get(self.form, '')}", self.form)
        if output.local is None:
            place = Path(str(output.place).rstrip("/").rpartition("/")[2])
        else:
            place = output.local
            if place.name in ("", ".."):
                place = place.resolve()
            output = Output(place, self.form)
        if not place.name:
            raise InputError("is not the name of a folder", where="--out", fix="name a new folder")
        output.refuse_other()
        page = place.with_name(f"{place.name}.html")
        return output, check_page(page, map(Path, folder.platemap or ()))


@dataclass(frozen=True, kw_only=True)
class ReaderOptions:
    """Who reads the images.

    Attributes:
        dask: Address of a scheduler.
        machine_settings: `KEY=VALUE` of the machine.
    """

    dask: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Dask scheduler (tcp://HOST:8786) whose workers read the images.",
        ),
    ] = ""
    machine_settings: MachineOption = None

    def machine(self) -> Machine:
        """Return the machine that the options describe."""
        given = [f"dask={self.dask}"] if self.dask else []
        return machine([*(self.machine_settings or ()), *given])


@spread
def prepare(  # noqa: PLR0913  # what, where, how, and what is allowed
    *,
    folder: FolderOptions,
    target: OutputOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what was understood, and stop.")
    ] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="End with status 0 though images are left out.")
    ] = False,
    readers: ReaderOptions,
    wait: Wait = False,
    as_json: Json = False,
) -> None:
    """Recognise a microscope's folder, show what was understood, and prepare its pixels.

    Names, tables and headers are read first; then the pixels are written into a store, and a page
    next to it. Run it again to resume; with another --platemap or --controls the metadata of a
    store of the same images are replaced, and its pixels kept. A damaged file costs its field
    alone: it is named at the end, and the status is 3. Then the pixels are looked at: copied or
    swapped channels, constant planes, empty wells, a rotated plate, saturated or blurred images are
    flagged, none left out.

    A store that is there is a folder too: `phenolens prepare OLD.store --format ome_zarr` writes
    it for viewers.

    Of a folder on a server (s3://, https://) tables and index files are copied next to the store,
    into NAME.remote, and images are fetched when they are read.

    Example: `phenolens prepare /data/BR00122249 --platemap map.csv --out BR00122249.store`
    """
    from phenolens.core.counts import count_of
    from phenolens.core.lock import held
    from phenolens.intake.page import render
    from phenolens.intake.understood import Understood

    settings = readers.machine()
    output, page = target.places(folder)
    place = output.local or page
    planned = folder.plan(folder.root(place, settings), target.steps)
    understood = Understood.of(planned.words(), planned.screen, planned.problems)
    cost = _cost(planned, output, place, settings.threads)
    if not as_json:
        _print(understood, cost)
    left_out: Sequence[str] = planned.screen.left_out or ()
    seen: SeenPixels | None = None
    with held(place, say, wait=wait):
        if not dry_run:
            described = bool(folder.platemap or folder.controls)
            store, left_out, seen = _written(planned, output, settings, described=described)
        render(understood, folder.name, cost, left_out, page, seen)
    if as_json:
        table: dict[str, Any] = {**understood.table, "cost": cost, "left_out": list(left_out)}
        table |= {"pixels": {"looked": seen.words, "flags": seen.flags}} if seen else {}
        typer.echo(json.dumps(table, indent=1))
    if seen:
        _print_flags({} if as_json else seen.flags, "" if as_json else f"pixels: {seen.words}")
        say(f"store: {output.place} ({count_of(len(store), 'image')})")
    say(f"page: {page}")
    raise typer.Exit(_end(left_out, allowed=allow_missing or dry_run))


def _written(
    planned: Planned, output: Output, settings: Machine, *, described: bool
) -> tuple[Screen, Sequence[str], SeenPixels]:
    """Write the pixels and look at them; return the store, what was left out, what was seen.

    Args:
        planned: What is prepared.
        output: Where to.
        settings: Of the machine.
        described: Whether the user gives metadata, which replace those of a store that is there.
    """
    from phenolens.intake.prepare import write
    from phenolens.intake.seen import SeenPixels
    from phenolens.runs.progress import Bar

    if described and (replaced := output.replace_table(planned.screen)):
        say(replaced)
    with Bar("prepare") as bar:
        store, left_out = write(planned, output, settings.threads, bar, settings.dask)
    with Bar("look") as bar:
        return store, left_out, SeenPixels.of(store, settings.threads, bar)


def _cost(planned: Planned, output: Output, place: Path, threads: int) -> str:
    from phenolens.intake.estimate import Estimate

    words = Estimate.of(planned.screen, place, threads).words
    return words if output.local else words.rpartition("; ")[0]  # what is free there is not known


def print_understood(planned: Planned, place: Path, threads: int) -> Understood:
    """Print what was understood of a folder, and what preparing it costs; return it."""
    from phenolens.intake.estimate import Estimate
    from phenolens.intake.understood import Understood

    found = Understood.of(planned.words(), planned.screen, planned.problems)
    _print(found, Estimate.of(planned.screen, place, threads).words)
    return found


def _print(understood: Understood, cost: str) -> None:
    from phenolens.core.counts import count_of
    from phenolens.core.errors import one_line
    from phenolens.intake.plate_map import WORDS

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
        typer.echo(
            f"{count_of(len(understood.maps) - _MAPS, 'more plate is', 'more plates are')} on "
            "the page"
        )
    typer.echo("; ".join(f"{mark} {words}" for mark, words in WORDS.items()))
    _print_flags(understood.flags)


def _print_flags(flags: dict[str, list[str]], first: str = "") -> None:
    from phenolens.core.errors import one_line
    from phenolens.intake.understood import flag_lines

    if first:
        typer.echo(first if flags else f"{first}: no flag")
    for line in flag_lines(flags):
        typer.echo(f"flag: {one_line(line)}")


def _end(left_out: Sequence[str], *, allowed: bool) -> int:
    """Name what was left out; return the exit status."""
    from phenolens.core.errors import one_line

    for why in left_out[:_SHOWN]:
        say(f"left out: {one_line(why)}")
    if len(left_out) > _SHOWN:
        say(f"left out: {len(left_out) - _SHOWN} more, all on the page")
    return INCOMPLETE if left_out and not allowed else 0
