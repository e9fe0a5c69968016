"""The catalogue of cell lines: habits of growth, and the lines drawn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from phenolens.screens.simulator.brightfield.appearance import SHARES, Appearance
from phenolens.screens.simulator.streams import Stream, stream

MOST_LINES = 60  # the panel of Shoemaker 2006 (NCI-60) has as many
OWN = 0.10  # log standard deviation by which a line differs from its habit

# Habit -> how it differs from the defaults of `Appearance`. The habits are those of adherent
# cancer lines in culture: epithelial islands (as HCT-15), spindles (as Hs 578T), flat spread
# cells (as T98G), loosely attached round cells (as COLO 205), a cobblestone layer, stellate cells.
HABITS: Mapping[str, Mapping[str, float]] = {
    "islands": {
        "density": 0.95, "clustering": 0.88, "cell_area": 430.0, "elongation": 1.35,
        "protrusion": 0.35, "rounded": 0.09, "thickness": 1.15, "nucleus_area": 105.0,
    },
    "spindle": {
        "density": 0.75, "clustering": 0.35, "cell_area": 560.0, "elongation": 2.6,
        "protrusion": 1.3, "irregularity": 0.06, "thickness": 1.25, "lamella": 0.30,
    },
    "spread": {
        "density": 0.50, "clustering": 0.40, "cell_area": 1050.0, "elongation": 1.6,
        "protrusion": 0.9, "irregularity": 0.13, "thickness": 1.0, "lamella": 0.30,
        "ruffles": 0.5, "nucleus_area": 165.0, "granules": 26.0, "nucleoli": 3.0,
    },
    "round": {
        "density": 1.20, "clustering": 0.75, "cell_area": 260.0, "elongation": 1.15,
        "protrusion": 0.15, "rounded": 0.35, "thickness": 1.7, "lamella": 0.6,
        "nucleus_area": 85.0, "irregularity": 0.05, "granules": 10.0,
    },
    "cobblestone": {
        "density": 1.70, "clustering": 0.80, "cell_area": 400.0, "elongation": 1.2,
        "protrusion": 0.2, "irregularity": 0.05, "thickness": 0.95, "lamella": 0.5,
        "ruffles": 0.2, "nucleus_area": 110.0,
    },
    "stellate": {
        "density": 0.60, "clustering": 0.50, "cell_area": 620.0, "elongation": 1.5,
        "protrusion": 1.9, "irregularity": 0.12, "thickness": 1.15, "lamella": 0.28,
        "granules": 20.0, "ruffles": 0.45,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One cell line.

    Attributes:
        name: Its habit and a number.
        appearance: Its untreated cells.
    """

    name: str
    appearance: Appearance


def lines(seed: int, count: int) -> tuple[Line, ...]:
    """Return the first lines: habit by habit, each with values of its own.

    A line depends on the seed and its own place only, not on how many others there are.
    """
    habits = list(HABITS)
    found = []
    for index in range(count):
        habit = habits[index % len(habits)]
        rng = stream(seed, Stream.LINE, index)
        values = Appearance(**HABITS[habit]).as_dict()
        own = rng.normal(0, OWN, len(values))
        for (name, value), log in zip(values.items(), own, strict=True):
            values[name] = min(value * float(np.exp(log)), 0.95 if name in SHARES else np.inf)
        found.append(Line(f"{habit}-{index // len(habits) + 1}", Appearance(**values)))
    return tuple(found)
