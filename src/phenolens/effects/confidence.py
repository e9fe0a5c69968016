"""How sure a class is: the share of redraws that agree, each with other possible mean curves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from phenolens.effects.classes import ANSWERS, UNKNOWN
from phenolens.effects.thresholds import RULES


@dataclass(frozen=True, slots=True)
class Call:
    """A class and how sure it is.

    Attributes:
        effect: One of `ANSWERS`.
        confidence: Redraws with the class of the measured means, as a share of one more than all
            redraws: none makes it certain. NaN without redraws, or without a known spread.
        rival: The commonest other answer of the redraws; empty where all agree.
        first: The class of the measured means, also where the redraws make it `cannot tell`.
    """

    effect: str
    confidence: float
    rival: str
    first: str


def called(codes: Int64[np.ndarray, " r"], *, varies: bool = True) -> Call:
    """Return the call of one treatment.

    A class that fewer than half of the redraws share (`RULES.sure`) is `cannot tell`.

    Args:
        codes: Class of the measured means, then of each redraw (`phenolens.effects.redraws`).
        varies: Whether the spread of curves is known, so that something could be redrawn.
    """
    first, others = int(codes[0]), codes[1:]
    if not len(others) or not varies:
        return Call(ANSWERS[first], math.nan, "", ANSWERS[first])
    counts = np.bincount(others, minlength=len(ANSWERS))
    confidence = float(counts[first] / len(codes))
    counts[first] = 0
    rival = ANSWERS[int(counts.argmax())] if counts.any() else ""
    sure = confidence >= RULES.sure
    return Call(ANSWERS[first if sure else UNKNOWN], confidence, rival, ANSWERS[first])
