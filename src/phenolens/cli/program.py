"""The commands, and what happens on bad input."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from phenolens.cli import cache, judging, listing, pixels, tables

app = typer.Typer(
    name="phenolens",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
_COMMANDS = (
    pixels.run,
    pixels.embed,
    tables.profile,
    tables.score,
    judging.audit,
    judging.tune,
    pixels.report,
    pixels.check,
)
for _command in _COMMANDS:
    app.command()(_command)
app.command("list")(listing.list_all)
app.add_typer(cache.app, name="cache")


@app.callback()
def options(
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="PACKAGE", help="Add an importable package's entries; several."),
    ] = None,
) -> None:
    """Learn phenotypic representations from high-content cell images, and judge them.

    From images to an encoder, from its embeddings to profiles, from profiles to the field's own
    scores. Without images it starts from any table of profiles.
    """
    from phenolens.cli.plugins import load_plugins

    load_plugins(plugin or ())


def main() -> None:
    """Run the command line; bad input ends it with one clear line and status 2."""
    from phenolens.core.threads import wait_passively

    wait_passively()  # before a command loads torch
    logging.basicConfig(format="%(message)s")
    logging.getLogger("phenolens").setLevel(logging.INFO)
    from phenolens.core.command import command_line
    from phenolens.core.errors import InputError
    from phenolens.core.interrupt import Interrupted, as_interrupts

    as_interrupts()
    try:
        app()
    except InputError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(2)
    except OSError as error:  # a folder that cannot be written, a full disk
        if not error.strerror or isinstance(error, BrokenPipeError):
            raise
        place = f"{error.filename}: " if error.filename else ""
        typer.secho(f"error: {place}{error.strerror}", fg="red", err=True)
        sys.exit(2)
    except Interrupted as stopped:
        if os.environ.get("RANK", "0") == "0":  # one line where several processes train
            typer.echo(f"stopped; run the same command again to resume: {command_line()}", err=True)
        sys.exit(128 + stopped.signal)
    except FloatingPointError as error:  # a training that diverged: the input was well formed
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(1)
