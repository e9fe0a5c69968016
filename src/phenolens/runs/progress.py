"""A progress bar on a terminal; a line now and then elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.progress import Progress


class Bar:
    """A progress bar to call with (done, all); it leaves nothing behind on the screen."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar = Progress(transient=True, disable=not sys.stderr.isatty())
        self._task = self._bar.add_task(title, total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done."""
        self._bar.update(self._task, completed=done, total=total)
