"""The commands, and what becomes of bad input."""

from __future__ import annotations

import logging
import sys

import typer

from phenolens.cli import judging, listing, pixels, tables

app = typer.Typer(
    name="phenolens",
    help="Learn phenotypic representations from high-content cell images, turn them into "
    "profiles, and judge them by the field's own tests.",
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


def main() -> None:
    """Run the command line; bad input ends it with one clear line and status 2."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("phenolens").setLevel(logging.INFO)
    from phenolens.core.errors import InputError

    try:
        app()
    except InputError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(2)
    except FloatingPointError as error:  # a training that went astray: no fault of the input's form
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(1)
