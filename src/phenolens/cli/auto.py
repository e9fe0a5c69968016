"""The command that answers without a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.options import AgainOptions, MachineOption, Seed, Wait, machine, say
from phenolens.cli.preparing import FolderOptions, print_understood
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from phenolens.auto.auto import Answer, Asked
    from phenolens.auto.believed import Believed
    from phenolens.core.machine import Machine
    from phenolens.intake.prepare import Planned
    from phenolens.intake.understood import Understood


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
        from phenolens.auto.auto import Asked

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
    and from replicates, never from a score that is reported, and is named with its reason;
    `recipe.toml` in the folder repeats it. Run it again to resume: nothing is chosen anew.

    Example: `phenolens auto /data/BR00122249 --platemap map.csv --minutes 30`
    """
    from phenolens.auto.auto import RECIPE, first_choices
    from phenolens.auto.facts import Facts
    from phenolens.core.lock import held

    settings = machine(machine_settings)
    place = out or Path(f"{folder.root.resolve().name}.answer")
    planned = folder.plan()
    understood = print_understood(planned, place, settings.threads)
    asked = options.asked()
    if dry_run:
        facts = Facts.of(planned.screen)
        for choice in first_choices(facts, asked, planned.screen.channels):
            typer.echo(f"  {choice}")
        return
    _refuse_other(place)
    place.mkdir(parents=True, exist_ok=True)
    with held(place, say, wait=wait):
        _prepare(planned, understood, folder.root, place, settings)
        answered, found = _answer(place, asked, settings, machine_settings)
    for sentence in found.can:
        typer.secho(f"can be believed: {sentence}", fg="green")
    for sentence in found.cannot:
        typer.echo(f"cannot be believed, or not yet: {sentence}")
    say(f"recipe: {place / RECIPE} (phenolens run {place / RECIPE} --root {place})")
    say(f"report: {answered.folder.report}")


def _prepare(
    planned: Planned, understood: Understood, root: Path, place: Path, settings: Machine
) -> None:
    """Write the pixels, or finish them, and the page of what was understood."""
    from phenolens.auto.auto import STORE
    from phenolens.intake.page import render
    from phenolens.intake.prepare import write
    from phenolens.runs.progress import Bar

    with Bar("prepare") as bar:
        _, left_out = write(planned, place / STORE, settings.threads, bar)
    render(understood, root, "", left_out, place / f"{STORE}.html")


def _answer(
    place: Path, asked: Asked, settings: Machine, given: list[str] | None
) -> tuple[Answer, Believed]:
    """Return the finished run of the prepared pixels, audited, its page written."""
    from phenolens.audit.audit import audit
    from phenolens.auto.auto import RUN, STORE, answer
    from phenolens.auto.facts import Facts
    from phenolens.auto.report import write_answer
    from phenolens.cli.run_audit import audited_run
    from phenolens.runs.page import write_page
    from phenolens.store.pixel_store import open_store

    store = open_store(place / STORE)
    made = answer(Facts.of(store), store.channels, place, asked, settings, say)
    say("auditing: is it real?")
    again = AgainOptions(root=place, cache=None, machine=given)
    about = audited_run(place / RUN, again, say, outside=True)
    checked = audit(about.profiles, about.steps, seed=asked.seed, say=say, known=about.findings())
    checked.save(place / "audit.html")
    found = write_answer(made, checked.findings, say, asked.seed)
    write_page(made.folder, say)
    return made, found


def _refuse_other(place: Path) -> None:
    """Raise where a folder holds something else.

    Raises:
        InputError: It does: names it.
    """
    from phenolens.auto.auto import STORE
    from phenolens.auto.state import FILE
    from phenolens.core.errors import InputError

    if not place.exists():
        return
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    if place.is_dir() and (not names or FILE in names or set(names) <= {STORE, f"{STORE}.html"}):
        return
    what = f"holds {names[0]}, and is not an answer" if names else "is a file"
    raise InputError(what, where=place, fix="name a new folder with --out")
