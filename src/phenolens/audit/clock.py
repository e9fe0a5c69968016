"""Clock: how long each section of the audit takes."""

from __future__ import annotations

import time

from phenolens.core.progress import Say


class Clock:
    """Times the sections, one after the other, and reports each as it begins.

    Attributes:
        seconds: Section -> how long it took.
        say: Called with the name of each section.
    """

    def __init__(self, say: Say) -> None:
        self.seconds: dict[str, float] = {}
        self.say, self._name, self._since = say, "", 0.0

    def start(self, name: str) -> None:
        """Begin a section; the one before has ended."""
        self.stop()
        self.say(name)
        self._name, self._since = name, time.perf_counter()

    def stop(self) -> None:
        """End the last section."""
        if self._name:
            self.seconds[self._name] = round(time.perf_counter() - self._since, 2)
