"""Simulated plates, whole or damaged, for the tests of findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from phenolens.core.screen import Screen
from phenolens.screens.synthetic import Synthetic

Damage = Callable[[np.ndarray], object]


@cache
def whole() -> Screen:
    """Return three plates of 20 wells, one image each, its pixels in memory."""
    made = Synthetic(
        size=96, mechanisms=4, compounds=3, doses=1, batches=1, replicates=3, sites=1, controls=8
    )(Path())
    pixels = made.read(np.arange(len(made)))
    return replace(made, read=lambda rows: pixels[rows])


def damaged(damage: Damage) -> Screen:
    """Return these plates with their pixels changed in place by a function."""
    screen = whole()
    pixels = screen.read(np.arange(len(screen)))
    damage(pixels)
    return replace(screen, read=lambda rows: pixels[rows])


def of_plate(plate: str) -> np.ndarray:
    """Return the rows of a plate."""
    return np.flatnonzero(whole().meta["plate"] == plate)
