"""The command that answers without a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.folder_options import FolderOptions
from phenolens.cli.options import MachineOption, Seed, Wait, machine, say
from phenolens.cli.preparing import print_understood
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from phenolens.auto.asked import Asked


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
    from phenolens.auto.done import done
    from phenolens.auto.state import RECIPE, RUN
    from phenolens.core.run_folder import RunFolder

    place = out or Path(f"{folder.name}.answer")
    planned = folder.plan(folder.local(place))
    print_understood(planned, place, machine(machine_settings).threads)
    asked = options.asked()
    found = None if dry_run else done(place, planned.screen, asked, say, wait=wait)
    if found is None:
        from phenolens.auto.listed import listed  # torch, where there is anything to make
        from phenolens.cli.answering import Question

        choices = listed(planned, asked)  # a screen that cannot be answered ends here
        if dry_run:
            for choice in choices:
                typer.echo(f"  {choice}")
            return
        found = Question(
            planned=planned,
            name=folder.name,
            place=place,
            asked=asked,
            choices=choices,
            machine=machine_settings,
        ).answer(wait=wait)
    for sentence in found.can:
        typer.secho(f"can be believed: {sentence}", fg="green")
    for sentence in found.cannot:
        typer.echo(f"cannot be believed, or not yet: {sentence}")
    again = f"phenolens run {place / RECIPE} --root {place} --out {place}-again"
    say(f"report: {RunFolder(place / RUN).report}")
    say(f"recipe: {place / RECIPE} (repeat it: {again})")
