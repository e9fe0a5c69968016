"""How a command ends: one line for what went wrong, and the exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from phenolens.core.interrupt import Interrupted

_LONGEST = 4000  # characters of a whole message
FIXABLE, FAULT = 2, 1  # exit statuses: of what a user can fix, and of a fault of ours


def run_and_end(command: Callable[[], object], *, debug: bool) -> int:
    """Call a command; return its exit status, with one line on stderr where it failed.

    Args:
        command: What to call; it may end by SystemExit.
        debug: Whether the trace of an error is shown at once.
    """
    from phenolens.core.interrupt import Interrupted

    try:
        status = _status_of(command)
        sys.stdout.flush()  # here a full disk or a closed pipe can still be named
    except Interrupted as stopped:
        return _stopped(stopped)
    except BrokenPipeError:  # who reads the output has seen enough
        _mute()
        return FAULT
    except Exception as error:
        return _failed(error, debug=debug)
    return status


def _status_of(command: Callable[[], object]) -> int:
    try:
        command()
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        _complain(str(ended.code))
        return FAULT
    return 0


def _stopped(stopped: Interrupted) -> int:
    from phenolens.core.command import command_line
    from phenolens.core.errors import one_line

    if os.environ.get("RANK", "0") == "0":  # one line where several processes train
        again = f"stopped; run the same command again to resume: {command_line()}"
        typer.echo(one_line(again, _LONGEST), err=True)
    return 128 + stopped.signal


def _failed(error: Exception, *, debug: bool) -> int:
    from phenolens.core.command import command_line
    from phenolens.core.fault import save_trace
    from phenolens.core.translate import translate

    if debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, FloatingPointError):  # a training that diverged: the input was well formed
        _complain(str(error))
        return FAULT
    known = translate(error)
    if known is not None:
        _complain(str(known))
        if isinstance(error, OSError):
            _mute()  # where stdout itself is full, Python would complain once more
        return FIXABLE
    saved = save_trace(error, command_line())
    where = f"in {saved}" if saved else "shown with --debug"
    what = f"{type(error).__name__}: {error}"
    _complain(f"phenolens itself failed ({what}); please report it: the details are {where}")
    return FAULT


def _complain(message: str) -> None:
    from phenolens.core.errors import one_line

    typer.secho(f"error: {one_line(message, _LONGEST)}", fg="red", err=True)


def _mute() -> None:
    """Let what is left to print go nowhere, so that nothing fails when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
