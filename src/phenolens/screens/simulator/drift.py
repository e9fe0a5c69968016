"""What time does to a plate whatever the drug: crowding, old medium, evaporation, focus."""

from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.growth import START
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.times import tick

REST = 0.6  # share of the debris that is there from the start
REFOCUS = 24.0  # hours after which the focus of a plate is set anew
RIM = 0.8  # from this distance to the middle of the plate on, wells dry out
DRIEST = 0.3  # share of growth that a corner well has lost after three days


def dryness(row: float, column: float) -> float:
    """Return by how much evaporation slows the growth of a well, from its place in [-1, 1].

    Example:
        >>> dryness(0.0, 0.5), round(dryness(1.0, 0.0), 2)
        (0.0, 0.3)
    """
    return DRIEST * max(0.0, (max(abs(row), abs(column)) - RIM) / (1 - RIM))


def crowding(covered: float, hour: float, dry: float) -> dict[str, float]:
    """Return parameter -> factor of the cells of a growing culture.

    Crowded cells are smaller, taller and have short processes; in old medium they have more
    granules and vacuoles; where the medium has dried they shrink.

    Args:
        covered: Share of the ground that cells cover.
        hour: Since the drug was added.
        dry: Of the well (`dryness`).
    """
    full = min(covered, 1.2) ** 2
    age = float(np.clip((hour - START) / 96, 0, 2))
    return {
        "cell_area": (1 - 0.22 * full) * (1 - 0.3 * dry * age),
        "thickness": 1 + 0.18 * full,
        "protrusion": 1 - 0.45 * full,
        "rounded": 1 - 0.3 * full,
        "granules": 1 + 0.25 * age,
        "vacuoles": 1 + 0.6 * age,
        "texture": 1 + 0.10 * age,
    }


def drifted(
    seed: int,
    plate: int,
    spot: tuple[int, int],
    hour: float,
    amounts: tuple[float, float, float],
) -> tuple[float, float]:
    """Return the focus of a frame relative to the first one, and the log of its brightness.

    A plate drifts at a speed of its own until it is focused anew every `REFOCUS` hours; each scan
    of the plate and each frame has an error of its own.

    Args:
        seed: Of the screen.
        plate: Its number.
        spot: Place of the well, and site.
        hour: Since the drug was added.
        amounts: Standard deviations, in the unit of the result: of the drift per hour, of the
            error of a scan, and of a frame.
    """
    speed, scan, frame = amounts
    since = (hour - START) % REFOCUS
    own = stream(seed, Stream.DRIFT, plate).normal(0, speed)
    now = stream(seed, Stream.DRIFT, plate, tick(hour), 0)
    here = stream(seed, Stream.DRIFT, plate, tick(hour), *spot)
    focus = own * since + now.normal(0, scan) + here.normal(0, frame)
    return float(focus), float(now.normal(0, 0.012))
