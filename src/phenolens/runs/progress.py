"""A progress bar on a terminal; elsewhere a line now and then, for work that takes long."""

from __future__ import annotations

import sys
import time

from rich.progress import Progress

EVERY = 30.0  # seconds between lines where there is no terminal


class Bar(Progress):
    """A progress bar to call with (done, all); it leaves nothing behind on a terminal."""

    def __init__(self, title: str) -> None:
        self._terminal = sys.stderr.isatty()
        super().__init__(transient=True, disable=not self._terminal)
        self._title, self._last = title, time.monotonic()
        self._work = self.add_task(title, total=None)

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done."""
        self.update(self._work, description=self._title, completed=done, total=total)
        self._write(f"{self._title} {done}/{total}")

    def words(self, text: str) -> None:
        """Show how far work is whose end is not known."""
        self.update(self._work, description=text)
        self._write(text)

    def _write(self, line: str) -> None:
        now = time.monotonic()
        if not self._terminal and now - self._last >= EVERY:
            self._last = now
            sys.stderr.write(f"{line}\n")
