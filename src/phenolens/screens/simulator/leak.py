"""A planted leak: the background of a mechanism's wells differs, where there are no cells too.

Real screens have such leaks: compounds that glow, plates that were filled by mechanism, a lamp that
drifts while mechanisms are imaged in order. A model that reads the background then finds
mechanisms without a look at a cell. `phenolens audit RUN` must notice.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from phenolens.screens.simulator.conditions import Conditions
from phenolens.screens.simulator.streams import Stream, stream


def leak_of(seed: int, mechanism: int, strength: float) -> Float64[np.ndarray, " 3"]:
    """Return the factor of the background in DNA, tubulin and actin; 1 for controls.

    Args:
        seed: Of the screen.
        mechanism: Its place in the catalogue; -1 for controls.
        strength: Standard deviation of the log factor over mechanisms.
    """
    if mechanism < 0:
        return np.ones(3)
    return np.exp(strength * stream(seed, Stream.LEAK, mechanism).standard_normal(3))


def leaking(conditions: Conditions, factor: Float64[np.ndarray, " 3"]) -> Conditions:
    """Return conditions whose background is multiplied by a factor for each channel."""
    return replace(conditions, background=conditions.background * factor)
