"""The commands, and what happens on bad input."""

from __future__ import annotations

import logging
import os
import signal
import sys
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from phenolens.cli.commands import COMMANDS, GROUPS, NAMED

_DEBUG = "--debug"  # taken wherever it is written


class _Program(TyperGroup):
    """The commands. Typer would end silently on what is raised for a file that is cut short."""

    def invoke(self, ctx: Any) -> Any:
        """Call the command.

        Raises:
            Interrupted: Something in between turned a signal into a KeyboardInterrupt.
            InputError: A file is empty or cut short.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            from phenolens.core.interrupt import Interrupted

            raise Interrupted(signal.SIGINT) from error
        except EOFError as error:
            from phenolens.core.translate import translate

            raise translate(error) or error from error


app = typer.Typer(
    name="phenolens",
    cls=_Program,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for _command in COMMANDS:
    app.command()(_command)
for _name, _command in NAMED.items():
    app.command(_name)(_command)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def _version(asked: bool) -> None:  # noqa: FBT001
    if asked:
        from phenolens.core.versions import own_version

        typer.echo(own_version())
        raise typer.Exit


@app.callback()
def options(
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="PACKAGE", help="Add an importable package's entries; several."),
    ] = None,
    version: Annotated[  # noqa: ARG001, FBT002
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_version, is_eager=True
        ),
    ] = False,
    debug: Annotated[  # noqa: ARG001, FBT002
        bool,
        typer.Option(_DEBUG, help="Show the trace of an error at once, as PHENOLENS_DEBUG=1 does."),
    ] = False,
) -> None:
    """Learn phenotypic representations from high-content cell images, and judge them.

    From images to an encoder, from its embeddings to profiles, from profiles to the field's own
    scores. Without images it starts from any table of profiles.
    """
    if plugin:
        from phenolens.core.registry import extend

        for package in dict.fromkeys(plugin):
            extend(package)  # the catalogue knows the installed ones already


def run_program() -> int:
    """Run the command that was typed; return its exit status."""
    from phenolens.cli.ending import run_and_end
    from phenolens.core.threads import wait_passively

    wait_passively()  # before a command loads torch
    logging.basicConfig(format="%(message)s")
    logging.getLogger("phenolens").setLevel(logging.INFO)
    arguments = [argument for argument in sys.argv[1:] if argument != _DEBUG]
    debug = _DEBUG in sys.argv or os.environ.get("PHENOLENS_DEBUG", "") not in ("", "0")
    return run_and_end(partial(app, arguments), debug=debug)
