"""What several commands take, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.core.profile_table import ProfileTable
    from phenolens.core.profiles import Profiles, Step

Root = Annotated[Path, typer.Option(help="Folder of the data; paths in the recipe start here.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Seed = Annotated[int, typer.Option(help="Seed of every draw.")]


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """Which table of profiles a command begins with, and what its rows are.

    Attributes:
        profiles: Files or globs, one table of all rows.
        columns: `OURS=THEIRS`, where the conventions are not enough.
        join: Metadata tables.
        batch_of_plate: Expression that finds the batch in a plate's name.
        where: Query on the metadata.
    """

    profiles: Annotated[
        list[str],
        typer.Argument(
            metavar="PROFILES...", help="Table of profiles; several, or a glob, are one."
        ),
    ]
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="OURS=THEIRS", help="Name a column, as batch=Metadata_Week."
        ),
    ] = None
    join: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Join metadata by the columns shared; several."),
    ] = None
    batch_of_plate: Annotated[
        str,
        typer.Option(metavar="REGEX", help="The batch in a plate's name, as '^(Week\\d+)_'."),
    ] = ""
    where: Annotated[
        str, typer.Option(metavar="QUERY", help="Rows to keep, as 'compound != \"taxol\"'.")
    ] = ""

    @property
    def table(self) -> ProfileTable:
        """The table that the options describe.

        Raises:
            InputError: A --column is no OURS=THEIRS.
        """
        from phenolens.core.errors import InputError
        from phenolens.core.profile_table import ProfileTable

        named = {}
        for text in self.columns or ():
            ours, equals, theirs = text.partition("=")
            if not (ours.strip() and equals and theirs.strip()):
                raise InputError(
                    f"{text!r} is no OURS=THEIRS", where="--column", fix="as batch=Metadata_Week"
                )
            named[ours.strip()] = theirs.strip()
        return ProfileTable(
            table=tuple(self.profiles),
            columns=named,
            join=tuple(self.join or ()),
            batch_of_plate=self.batch_of_plate,
            where=self.where,
        )

    def load(self) -> Profiles:
        """Return its profiles; paths begin at the working folder."""
        return self.table.load(Path())


@dataclass(frozen=True, kw_only=True)
class ChainOptions:
    """The steps that a command applies.

    Attributes:
        steps: On one line, or `.toml` files of them.
        changes: `KEY=VALUE`.
    """

    steps: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHAIN",
            help="Steps, as `standardize,sphere(regularization=1)`, or a .toml file of them.",
        ),
    ] = None
    changes: Changes = None

    def build(self) -> tuple[Step, ...]:
        """Return the steps with every change applied."""
        from phenolens.chains.chain import built, read_chain

        return tuple(built(read_chain(self.steps or (), self.changes or ())))


def layout(name: str, changes: Sequence[str] | None) -> Any:
    """Return the layout of that name, with changed settings."""
    from phenolens.chains.settings import changed
    from phenolens.core.registry import build

    return build("screens", changed({"layout": name}, changes or ()), "layout")


def say(text: str) -> None:
    """Tell the user beside the output."""
    typer.echo(text, err=True)
