"""What was computed of a screen's pixels is computed once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from phenolens.core.remember import remembered
from phenolens.core.screen import Rows, Screen


def hashes(offset: int, rows: Rows) -> np.ndarray:
    return np.repeat((rows + offset).astype(np.uint8)[:, None], 16, axis=1)


def test_the_same_images_are_asked_once(tiny_screen: Screen) -> None:
    calls: list[str] = []

    def ask(screen: Screen, what: str) -> int:
        def count() -> int:
            calls.append(what)
            return len(calls)

        return remembered(screen, what, count)

    known = replace(tiny_screen, identify=lambda rows: hashes(0, rows))
    assert ask(known, "a") == ask(known, "a") == 1
    assert ask(known, "b") == 2
    assert ask(known.select(["DNA"]), "a") == 3
    assert ask(replace(tiny_screen, identify=lambda rows: hashes(1, rows)), "a") == 4
    assert ask(tiny_screen, "a") != ask(tiny_screen, "a"), "its files are not known"
    for i in range(4):
        ask(known, f"other {i}")
    assert ask(known, "a") == len(calls), "few are kept"


def test_what_was_asked_last_is_kept_longest(tiny_screen: Screen) -> None:
    calls: list[str] = []
    known = replace(tiny_screen, identify=lambda rows: hashes(7, rows))
    for what in ("a", "b", "c", "d", "a", "e", "a"):
        remembered(known, what, partial(calls.append, what))
    assert calls == ["a", "b", "c", "d", "e"], "b, not a, made room for e"
