"""Signals that ask a process to stop: finish what is under way, then stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

# Ctrl-C, the request of a scheduler, the end of the terminal; Windows has no SIGHUP.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
Handler = Callable[[int, FrameType | None], Any] | int | None


class Interrupted(BaseException):
    """A signal asked this process to stop.

    It is neither an Exception nor a KeyboardInterrupt, so that nothing between here and `main`
    takes it for something else (typer ends silently on a KeyboardInterrupt).

    Attributes:
        signal: Its number; a shell expects the exit status 128 + signal.
    """

    def __init__(self, number: int) -> None:
        self.signal = number
        super().__init__(signal.Signals(number).name)


@dataclass(slots=True)
class Asked:
    """Whether a signal asked to stop, while `deferred` kept it back.

    Attributes:
        by: Number of the signal; 0: none came.
    """

    by: int = 0
    _before: dict[int, Handler] = field(default_factory=dict, repr=False)

    def stop(self, number: int | None = None) -> None:
        """Do what the signal would have done had it not been kept back; call it once all is safe.

        Args:
            number: Of the signal that the processes of a run agreed on, whichever it reached; 0:
                do nothing. None: the one that reached this process.
        """
        number = self.by if number is None else number
        if not number:
            return
        before = self._before.get(number, signal.SIG_DFL)
        if callable(before):
            before(number, None)
        elif before == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def as_interrupts() -> None:
    """Let Ctrl-C, SIGTERM and SIGHUP raise `Interrupted`; the command line calls it once, first.

    A signal that is ignored (as by `nohup`) stays ignored.
    """
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def as_exits(status: int) -> None:
    """Let these signals end the process at once with a status; called when all work is done.

    Python takes a while to end. A signal meanwhile takes nothing away from what was done.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, lambda *_: os._exit(status))


@contextmanager
def deferred() -> Iterator[Asked]:
    """Keep signals back, so that a loop can finish its step and write what it has.

    The loop looks at `by` after each step, writes its state, and calls `stop`:

        with deferred() as asked:
            for step in steps:
                take(step)
                if asked.by:
                    write(step)
                    asked.stop()  # raises, or ends the process

    A second signal is not kept back. Where the loop ends by itself after a signal, `stop` is called
    at the end. In a thread other than the main one, where Python delivers no signals, it does
    nothing.
    """
    asked = Asked()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        if asked.by:
            asked.stop(number)
        asked.by = number

    known = {number: signal.getsignal(number) for number in SIGNALS}
    asked._before = {n: b for n, b in known.items() if b is not None and b != signal.SIG_IGN}
    for number in asked._before:
        signal.signal(number, note)
    try:
        yield asked
    finally:
        for number, before in asked._before.items():
            signal.signal(number, before)
    if asked.by:
        asked.stop()


def _interrupt(number: int, frame: FrameType | None) -> None:
    del frame
    raise Interrupted(number)
