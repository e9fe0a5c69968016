"""Child: a cell in a process of its own, so that its memory and its end are its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from phenolens.core.errors import one_line
from phenolens.core.small_files import lines_of

_ERROR = "error: "  # how the command line begins what went wrong
# Safe path (-P): a file of the folder that we are in is never imported.
PROGRAM = (sys.executable, "-P", "-c", "from phenolens.cli import main; main()")


class Child:
    """A command of phenolens in a process of its own.

    It is in a process group of its own: Ctrl-C reaches this process alone, which passes it on once
    (two signals would not let a training finish its step).

    Args:
        arguments: Of the command line.
        log: File of what it prints; what an earlier process printed there is replaced.
        environment: Variables that differ from those of this process.
        program: What is started, before the arguments.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._log, self._begun = log, time.perf_counter()
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)  # a link is replaced, and not followed
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own program, no shell
                [*program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                process_group=None if os.name == "nt" else 0,
            )

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.perf_counter() - self._begun

    def has_ended(self) -> bool:
        """Return whether the process has ended."""
        return self._process.poll() is not None

    def stop(self, number: int) -> None:
        """Pass a signal on, if the process is still running."""
        with suppress(ProcessLookupError):
            if os.name == "nt":  # it knows no other signal between processes
                self._process.terminate()
            else:
                self._process.send_signal(number)

    def failure(self) -> str:
        """Return why it ended, in one line; empty where it did what it should."""
        status = self._process.returncode
        if status == 0:
            return ""
        if status < 0:
            why = " (is there enough memory?)" if -status == getattr(signal, "SIGKILL", 9) else ""
            return f"was ended by {_signal(-status)}{why}"
        lines = [line.strip() for line in lines_of(self._log) if line.strip()]
        last = lines[-1] if lines else f"ended with status {status}"
        return failure_in(self._log) or one_line(last)


def failure_in(log: Path) -> str:
    """Return the last error that a log has, in one line; empty where it has none.

    Args:
        log: Of a cell; it may be absent.
    """
    lines = (
        [line.strip() for line in lines_of(log)] if log.is_file() and not log.is_symlink() else []
    )
    errors = [line for line in lines if line.startswith(_ERROR)]
    return one_line(errors[-1].removeprefix(_ERROR)) if errors else ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
