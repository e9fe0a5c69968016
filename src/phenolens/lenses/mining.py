"""Mining: the tiles whose call a lens changed most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64, Int64

KINDS = ("control_corrected", "call_corrected", "confidence_gained")
_SURE = 0.5  # probability of the right class; also the least gain of confidence


def mined(
    before: Float64[np.ndarray, "n k"],
    after: Float64[np.ndarray, "n k"],
    labels: Int64[np.ndarray, " n"],
    control: int,
) -> Mapping[str, Bool[np.ndarray, " n"]]:
    """Return which tiles are of each kind (Dmitrenko et al. 2022).

    `control_corrected`: a control that was called a drug, and is now called a control with more
    than 0.5. `call_corrected`: a drug that was called something else, and now right with more than
    0.5. `confidence_gained`: right both times, with more than 0.5 of probability gained. A wrong
    call has less than 0.5 for the right class, so the paper's rule (p < 0.5 without, p > 0.5 with)
    is met. With both arguments exchanged these are the tiles that a lens spoils.

    Args:
        before: Probabilities without the lens.
        after: With it.
        labels: The right classes.
        control: The class of controls; -1 where there is none.
    """
    at = np.arange(len(labels))
    right = before.argmax(axis=1) == labels
    sure = after[at, labels] > _SURE
    gained = after[at, labels] - before[at, labels] > _SURE
    corrected = ~right & sure
    return {
        "control_corrected": corrected & (labels == control),
        "call_corrected": corrected & (labels != control),
        "confidence_gained": right & (after.argmax(axis=1) == labels) & gained,
    }
