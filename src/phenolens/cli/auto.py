"""The command that answers without a recipe."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.folder_options import FolderOptions
from phenolens.cli.options import AgainOptions, MachineOption, Seed, Wait, machine, say
from phenolens.cli.preparing import print_understood
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from phenolens.auto.asked import Asked
    from phenolens.auto.believed import Believed
    from phenolens.auto.choice import Choice
    from phenolens.intake.prepare import Planned


@dataclass(frozen=True, kw_only=True)
class AskedOptions:
    """What the answer is made with.

    Attributes:
        model: An encoder.
        minutes: Of training.
        seed: Of every draw.
        recipe: `KEY=VALUE` of the recipe.
    """

    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="Encoder to use instead of a training: a model folder, onnx:FILE, timm:NAME.",
        ),
    ] = ""
    minutes: Annotated[float, typer.Option(help="For the training.")] = 30.0
    seed: Seed = 0
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            "--recipe-set", metavar="KEY=VALUE", help="A setting of the recipe that wins; several."
        ),
    ] = None

    def asked(self) -> Asked:
        """Return what is asked for."""
        from phenolens.auto.asked import Asked

        return Asked(
            model=self.model,
            minutes=self.minutes,
            seed=self.seed,
            changes=tuple(self.recipe or ()),
        )


@spread
def auto(  # what, how, where
    *,
    folder: FolderOptions,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the answer [ROOT's name.answer].")
    ] = None,
    options: AskedOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be chosen, and stop.")
    ] = False,
    machine_settings: MachineOption = None,
    wait: Wait = False,
) -> None:
    """Answer without a recipe: recognise, prepare, learn, choose a chain, score, audit, report.

    One page leads with what can and what cannot be believed. Every choice is made from the table
    and from replicates, never from mechanisms, and is named with its reason; `recipe.toml` in the
    folder repeats it. Run it again to resume: nothing is chosen anew.

    Example: `phenolens auto /data/BR00122249 --platemap map.csv --minutes 30`
    """
    from phenolens.auto.state import RECIPE, RUN
    from phenolens.core.run_folder import RunFolder

    place = out or Path(f"{folder.name}.answer")
    planned = folder.plan(folder.local(place))
    print_understood(planned, place, machine(machine_settings).threads)
    asked = options.asked()
    found = None if dry_run else _done(planned, place, asked, wait=wait)
    if found is None:
        choices = _choices(planned, asked)  # a screen that cannot be answered ends here
        if dry_run:
            for choice in choices:
                typer.echo(f"  {choice}")
            return
        with _begun(place, asked, wait=wait):
            found = _answer(planned, folder.name, place, asked, machine_settings, choices)
    for sentence in found.can:
        typer.secho(f"can be believed: {sentence}", fg="green")
    for sentence in found.cannot:
        typer.echo(f"cannot be believed, or not yet: {sentence}")
    again = f"phenolens run {place / RECIPE} --root {place} --out {place}-again"
    say(f"report: {RunFolder(place / RUN).report}")
    say(f"recipe: {place / RECIPE} (repeat it: {again})")


def _choices(planned: Planned, asked: Asked) -> list[Choice]:
    from phenolens.auto.listed import listed  # torch, where there is anything to make

    return listed(planned, asked)


@contextmanager
def _begun(place: Path, asked: Asked, *, wait: bool) -> Iterator[None]:
    """Hold the folder of an answer, in which what is asked is written down."""
    from phenolens.auto.prepared import begin, refuse_other
    from phenolens.core.lock import held

    refuse_other(place)
    place.mkdir(parents=True, exist_ok=True)
    with held(place, say, wait=wait):
        begin(place, asked)
        yield


def _done(planned: Planned, place: Path, asked: Asked, *, wait: bool) -> Believed | None:
    """Return what can be believed of an answer that is there already; its page is made whole."""
    from phenolens.auto.done import done
    from phenolens.auto.state import FILE, RUN
    from phenolens.core.lock import held
    from phenolens.core.run_folder import RunFolder
    from phenolens.runs.page import keep_page

    if not (place / FILE).is_file():
        return None
    with held(place, say, wait=wait):
        found = done(place, planned.screen, asked, say)
        if found is not None:
            keep_page(RunFolder(place / RUN), say)
            say(f"{place} is done")
    return found


def _answer(  # what, where, how, and what is known already
    planned: Planned,
    name: str,
    place: Path,
    asked: Asked,
    given: list[str] | None,
    choices: Sequence[Choice],
) -> Believed:
    """Make or finish the answer of a folder; return what can be believed."""
    from phenolens.auto.auto import answer
    from phenolens.auto.done import keep_done
    from phenolens.auto.finish import finish
    from phenolens.auto.listed import completed
    from phenolens.auto.prepared import prepared
    from phenolens.auto.state import RUN
    from phenolens.cli.run_audit import audited_run

    settings = machine(given)
    store, odd = prepared(planned, name, place, settings.threads)
    made = completed(answer(store, place, asked, settings, say), choices, store)
    again = AgainOptions(root=place, cache=None, machine=given)
    about = audited_run(place / RUN, again, say, outside=True)
    found = finish(made, about.profiles, about.steps, about.findings(), odd, asked.seed, say)
    keep_done(place, planned.screen, asked, found)
    return found
