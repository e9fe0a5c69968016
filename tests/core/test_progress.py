"""The silent reporters accept what the others do."""

from __future__ import annotations

from phenolens.core.progress import Progress, Say, silent, uncounted


def test_they_take_what_is_reported() -> None:
    say: Say = silent
    progress: Progress = uncounted
    say("train joint: 10 steps")
    progress(1, 10)
