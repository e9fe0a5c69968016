"""Independent random streams, one for each thing that is drawn."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream of random numbers is for: no two things share one."""

    COMPOUND = 1
    DESIGN = 2
    BATCH = 3
    PLATE = 4
    WELL = 5
    SITE = 6
    POTENCY = 7
    TEXTURE = 8
    LINE = 9
    SENSITIVITY = 10
    ONSET = 11
    FRAME = 12
    DRIFT = 13
    LEAK = 14


def stream(seed: int, purpose: Stream, *place: int) -> np.random.Generator:
    """Return the generator of one thing: its numbers depend on these integers and nothing else.

    Args:
        seed: Of the whole screen.
        purpose: What is drawn.
        place: Which one: a batch, or a plate and a well, ...
    """
    # The length is part of the key: (1,) and (1, 0) are different places.
    key = [seed, int(purpose), len(place), *place]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))
