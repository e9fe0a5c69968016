"""Numbers for a page's script: 16 bits each, as text, so that large tables stay small."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

MISSING = 65535  # the code of a value that is not finite
_TOP = MISSING - 1


@dataclass(frozen=True, slots=True)
class Packed:
    """Columns of numbers, each on a scale of its own from its least to its largest value.

    Attributes:
        low: Of each column; 0 where nothing in it is finite.
        high: Of each column.
        texts: Of each column: base64 of unsigned 16-bit codes, low byte first. A code k < 65535 is
            `low + k / 65534 * (high - low)`.
    """

    low: list[float]
    high: list[float]
    texts: list[str]

    @classmethod
    def of(cls, values: Float[np.ndarray, "n d"]) -> Packed:
        """Pack a table; each value is kept to 1/131068 of the range of its column."""
        wide = values.astype(np.float64)
        known = np.isfinite(wide)
        some = known.any(axis=0)
        low = np.where(some, np.min(wide, axis=0, where=known, initial=np.inf), 0.0)
        high = np.where(some, np.max(wide, axis=0, where=known, initial=-np.inf), 0.0)
        span = np.where(high > low, high - low, 1.0)
        share = (np.where(known, wide, low) - low) / span
        codes = np.where(known, np.rint(share * _TOP), MISSING).astype(np.int64)
        return cls(low.tolist(), high.tolist(), [packed(column) for column in codes.T])

    def plain(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {"low": self.low, "high": self.high, "values": self.texts}


def packed(codes: Sequence[int] | Int64[np.ndarray, " n"]) -> str:
    """Return whole numbers from 0 to 65535 as base64, two bytes each, low byte first."""
    return base64.b64encode(np.asarray(codes, dtype="<u2").tobytes()).decode("ascii")
