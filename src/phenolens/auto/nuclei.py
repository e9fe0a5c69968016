"""How large nuclei are once fields are resized: measured on a few of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from phenolens.auto.changes import OPTION
from phenolens.auto.choice import Choice
from phenolens.core.screen import Screen
from phenolens.masks.foreground import NUCLEAR
from phenolens.masks.nuclei import nuclei

LEAST = 8.0  # pixels: in a nucleus of fewer hardly any texture is left
_WANTED = 12.0  # pixels that the proposed factor leaves
_FIELDS, _FEWEST = 4, 10  # fields that are looked at; nuclei without which nothing is said


def diameter_of_nuclei(screen: Screen) -> float:
    """Return the median diameter of nuclei, in pixels; NaN where they cannot be found.

    That of a disk of the same area, on four fields from all over the screen.

    Args:
        screen: Fields with a channel whose name says that it stains nuclei.
    """
    stained = [any(word in name.lower() for word in NUCLEAR) for name in screen.channels]
    if screen.level != "field" or not any(stained):
        return float("nan")
    rows = np.unique(np.linspace(0, len(screen) - 1, _FIELDS + 2)[1:-1].round().astype(np.int64))
    areas = [
        np.bincount(nuclei(image[stained.index(True)]).ravel())[1:] for image in screen.read(rows)
    ]
    every = np.concatenate(areas)
    if len(every) < _FEWEST:
        return float("nan")
    return float(np.median(2 * np.sqrt(every / np.pi)))


def with_nuclei(
    choices: Sequence[Choice], screen: Screen, steps: Sequence[Mapping[str, Any]]
) -> list[Choice]:
    """Return the choices; where nuclei become tiny, that of the size says so, and what changes it.

    Args:
        choices: Of the answer.
        screen: As it was prepared, in its full size.
        steps: The pixel steps of the recipe.
    """
    factors = [float(step["factor"]) for step in steps if step["step"] == "resize"]
    factor = float(np.prod(factors)) if factors else 1.0
    if factor >= 1 or not any(one.name == "size" for one in choices):
        return list(choices)
    whole = diameter_of_nuclei(screen)
    if not whole * factor < LEAST:
        return list(choices)
    better = min(1.0, round(_WANTED / whole, 2))
    words = (
        f"; nuclei are then {whole * factor:.1f} pixels wide ({whole:.0f} as they are), which is "
        f"little to learn from: {OPTION} pixels.resize.factor={better:g} keeps more"
    )
    return [
        replace(one, reason=one.reason + words) if one.name == "size" else one for one in choices
    ]
