"""What a class rests on, in words."""

from __future__ import annotations

import math

import numpy as np

from phenolens.effects.classes import CANNOT_TELL
from phenolens.effects.confidence import Call
from phenolens.effects.rules import Growth
from phenolens.effects.shape import Shape
from phenolens.effects.thresholds import RULES


def growth_words(growth: Growth, call: Call, counts: tuple[int, int]) -> str:
    """Return the evidence of growth and death rates, from the entry of all curves.

    Args:
        growth: The rates; the first entry is that of all curves.
        call: The call made of it.
        counts: Replicate curves and control curves.
    """
    grown, killed = float(growth.grown[0]), float(growth.killed[0])
    if not math.isfinite(grown):
        return "no growth rate of its curves, or controls that do not grow"
    parts = [f"grows at {grown:.2f} of the controls' rate"]
    if grown < 0:
        parts[0] = f"shrinks at {-grown:.2f} of the rate at which the controls grow"
    if call.first not in {"none", CANNOT_TELL}:
        parts += _by_death(growth)
    elif call.first == CANNOT_TELL:
        parts.append(
            f"controls differ by as much (standard error {float(np.ravel(growth.error)[0]):.2f})"
        )
    if counts[1] == 1:
        parts.append("one control, so how far controls differ is not known")
    if math.isfinite(killed) and call.first == "none":
        parts.append(f"death rate {killed:+.2f} of it")
    return "; ".join([*parts, *_certainty(call), _curves(counts)])


def _by_death(growth: Growth) -> list[str]:
    if math.isfinite(growth.killed[0]):
        return [f"death explains {float(growth.death_share()[0]):.0%} of the lost growth"]
    if growth.grown[0] >= -RULES.shrinks:
        return ["no death marker: slower division and death look alike here"]
    return []


def shape_words(
    shape: Shape, band: float, call: Call, counts: tuple[int, int], highest: float
) -> str:
    """Return the evidence of a trajectory's shape, from the entry of all curves."""
    if not math.isfinite(shape.departure[0]):
        inside = f"stays within {band:.1f} standard deviations of the controls"
        return "; ".join([inside, *_certainty(call), _curves(counts)])
    parts = [
        f"departs at {shape.departure[0]:.3g} h",
        f"peak {shape.peak[0]:.1f} standard deviations above the controls "
        f"({shape.peak[0] / max(highest, 1e-300):.0%} of the strongest)",
    ]
    if shape.fall[0] >= RULES.fallen:
        parts.append(f"loses {shape.fall[0]:.0%} of it again")
    elif shape.level[0] <= RULES.level:
        parts.append("levels off")
    else:
        parts.append("rises to the end" if shape.rise[0] >= RULES.rising else "rises unevenly")
    return "; ".join([*parts, *_certainty(call), _curves(counts)])


def _certainty(call: Call) -> list[str]:
    if np.isnan(call.confidence):
        return ["no confidence: single controls show no spread"]
    if call.effect == CANNOT_TELL != call.first:
        return [f"{call.first} in {call.confidence:.0%} of redraws, else mostly {call.rival}"]
    return []


def _curves(counts: tuple[int, int]) -> str:
    own, controls = counts
    return f"{own} {'curve' if own == 1 else 'curves'}, {controls} control" + "s" * (controls != 1)
