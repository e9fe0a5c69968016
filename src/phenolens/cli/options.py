"""Options that several commands share, and how they are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.core.inside import Fence
    from phenolens.core.machine import Machine
    from phenolens.core.profiles import Step

Root = Annotated[Path, typer.Option(help="Folder of the data; paths in the recipe start here.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a setting: sphere.rotation=zca, in a recipe training.epochs=5; several.",
    ),
]
MachineOption = Annotated[
    list[str] | None,
    typer.Option(
        "--machine",
        metavar="KEY=VALUE",
        help="Device, threads and the like, which change no result: accelerator=cuda, threads=8; "
        "several.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait where another process writes into the same place.")
]
Seed = Annotated[int, typer.Option(help="Seed of every draw.")]
Outside = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Let paths in a recipe or chain lead out of the root and of the folder of its file.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class ChainOptions:
    """The steps that a command applies.

    Attributes:
        steps: On one line, or `.toml` files of them.
        changes: `KEY=VALUE`.
        outside: Whether paths in a file of steps may lead anywhere.
    """

    steps: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHAIN",
            help="Steps in order: `standardize,sphere(regularization=1)`, or a .toml file of them.",
        ),
    ] = None
    changes: Changes = None
    outside: Outside = False

    @property
    def fence(self) -> Fence | None:
        """Where the paths in files of steps may lead; those that were typed may lead anywhere."""
        from phenolens.core.inside import Fence

        parts = [part.strip() for text in self.steps or () for part in text.split(",")]
        files = [Path(part) for part in parts if part.endswith(".toml")]
        typed = [*(self.steps or ()), *(self.changes or ())]
        return None if self.outside else Fence.of(files, typed)

    def build(self) -> tuple[Step, ...]:
        """Return the steps with every change applied."""
        from phenolens.chains.chain import build_steps, read_chain
        from phenolens.core.inside import fenced

        with fenced(self.fence):
            return tuple(build_steps(read_chain(self.steps or (), self.changes or ())))


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """What a chain is fitted on, and where a fitted chain is kept.

    Attributes:
        fit_on: Query on the metadata.
        save_chain: Folder to write.
        saved: Folder to read, instead of a chain of steps.
    """

    fit_on: Annotated[
        str,
        typer.Option(
            metavar="QUERY", help="Fit the steps on these rows only, as 'plate != \"p4\"'."
        ),
    ] = ""
    save_chain: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Save the fitted chain, for other tables.")
    ] = None
    saved: Annotated[
        Path | None,
        typer.Option("--chain", metavar="DIR", help="Apply a chain saved with --save-chain."),
    ] = None

    def refuse_conflicts(self, chain: ChainOptions, *, stream: bool) -> None:
        """Raise where options exclude each other.

        Raises:
            InputError: They do: names both.
        """
        from phenolens.core.errors import InputError

        others = {
            "--steps": chain.steps,
            "--set": chain.changes,
            "--fit-on": self.fit_on,
            "--save-chain": self.save_chain,
        }
        given = [name for name, value in others.items() if value]
        if self.saved and given:
            raise InputError(
                f"a saved chain is fitted already and cannot be combined with {given[0]}",
                where="--chain",
                fix=f"leave out --chain or {given[0]}",
            )
        fits = [name for name in ("--fit-on", "--save-chain") if name in given]
        if fits and not chain.steps:
            raise InputError("there are no steps to fit", where=fits[0], fix="name them: --steps")
        if fits and stream:
            raise InputError("cannot be combined with --stream", where=fits[0])


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """Where the stages of a run are made, and on what.

    Attributes:
        cache: Folder of the stages that runs share.
        machine: `KEY=VALUE` of the machine.
        wait: Whether to wait for another process that writes into the folder.
        outside: Whether paths in the recipe may lead anywhere.
    """

    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of the stages that runs share [phenolens-cache next to --out]."),
    ] = None
    machine: MachineOption = None
    wait: Wait = False
    outside: Outside = False


@dataclass(frozen=True, kw_only=True)
class AgainOptions:
    """Where a finished run finds its data, when it is asked again.

    Attributes:
        root: Folder of the data.
        cache: Folder of the stages that runs share.
        machine: `KEY=VALUE` of the machine.
    """

    root: Root = Path()
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of the stages of a run [phenolens-cache next to its folder]."),
    ] = None
    machine: MachineOption = None


def machine(changes: Sequence[str] | None) -> Machine:
    """Return the machine that `KEY=VALUE` options describe.

    Raises:
        InputError: An unknown key or a value that does not fit; names the nearest.
    """
    from phenolens.chains.settings import changed
    from phenolens.core.construct import construct
    from phenolens.core.errors import InputError
    from phenolens.core.machine import Machine

    for change in changes or ():
        if not re.fullmatch(r"\w+=.*", change.strip(), re.DOTALL):
            raise InputError(f"expected KEY=VALUE, got {change!r}", where="--machine")
    return construct(Machine, changed({}, changes or ()), "--machine")


def layout(name: str, changes: Sequence[str] | None) -> Any:
    """Return the layout of that name, with changed settings."""
    from phenolens.chains.settings import changed
    from phenolens.core.registry import build

    return build("screens", changed({"layout": name}, changes or ()), "layout")


def say(text: str) -> None:
    """Print a line for the user to stderr, apart from the output."""
    typer.echo(text, err=True)
