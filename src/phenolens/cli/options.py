"""What several commands take, and how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.core.join import ProfileTable

Root = Annotated[Path, typer.Option(help="Folder of the data; paths in the recipe start here.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Files = Annotated[
    list[str],
    typer.Argument(metavar="PROFILES...", help="Table of profiles; several, or a glob, are one."),
]
Steps = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CHAIN",
        help="Steps, as `standardize,sphere(regularization=1)`, or a .toml file of them.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="OURS=THEIRS", help="Name a column, as batch=Metadata_Week."),
]
Join = Annotated[
    list[str] | None,
    typer.Option(metavar="TABLE", help="Join metadata by the columns shared; several."),
]
BatchOfPlate = Annotated[
    str, typer.Option(metavar="REGEX", help="The batch in a plate's name, as '^(Week\\d+)_'.")
]
Where = Annotated[
    str, typer.Option(metavar="QUERY", help="Rows to keep, as 'compound != \"taxol\"'.")
]
Seed = Annotated[int, typer.Option(help="Seed of every draw.")]


def table(
    files: Sequence[str],
    columns: Sequence[str] | None = None,
    joined: Sequence[str] | None = None,
    batch_of_plate: str = "",
    where: str = "",
) -> ProfileTable:
    """Return the table of profiles that the options describe.

    Raises:
        InputError: A --column is no OURS=THEIRS.
    """
    from phenolens.core.errors import InputError
    from phenolens.core.join import ProfileTable

    named = {}
    for text in columns or ():
        ours, equals, theirs = text.partition("=")
        if not (ours.strip() and equals and theirs.strip()):
            raise InputError(
                f"{text!r} is no OURS=THEIRS", where="--column", mend="as batch=Metadata_Week"
            )
        named[ours.strip()] = theirs.strip()
    return ProfileTable(
        table=tuple(files),
        columns=named,
        join=tuple(joined or ()),
        batch_of_plate=batch_of_plate,
        where=where,
    )


def layout(name: str, changes: Sequence[str] | None) -> Any:
    """Return the layout of that name, with changed settings."""
    from phenolens.core.registry import build
    from phenolens.settings import changed

    return build("screens", changed({"layout": name}, changes or ()), "layout")


def say(text: str) -> None:
    """Tell the user beside the output."""
    typer.echo(text, err=True)
