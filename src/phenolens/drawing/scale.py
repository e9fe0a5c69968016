"""Scale: the place of a value on an axis, and the round values that mark it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, in percent of its length.

    Attributes:
        low: Value at 0 %.
        high: Value at 100 %.
        log: Logarithmic instead of linear; both ends are then positive.

    Example:
        >>> Scale(0, 2).percent(0.5), Scale(1, 16, log=True).percent(4)
        (25.0, 50.0)
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, values: Iterable[float], *, keep: Iterable[float] = ()) -> Scale:
        """Return a linear scale between round values that includes every finite value.

        Args:
            values: To be included; those that are not finite are ignored.
            keep: Further values to include, such as zero.

        Example:
            >>> Scale.around([0.12, 0.83], keep=[0])
            Scale(low=0.0, high=1.0, log=False)
        """
        finite = [v for v in (*values, *keep) if math.isfinite(v)] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        if low == high:
            low, high = low - 0.5, high + 0.5
        step = round_step((high - low) / 5)
        return cls(
            float(f"{math.floor(low / step + 1e-9) * step:.12g}"),
            float(f"{math.ceil(high / step - 1e-9) * step:.12g}"),
        )

    def percent(self, value: float) -> float:
        """Return the place of a value, 0 at `low` and 100 at `high`, clipped to the axis."""
        if self.log:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return 100 * min(1.0, max(0.0, share))

    def ticks(self, count: int = 5) -> list[float]:
        """Return about `count` round values within the axis.

        Example:
            >>> Scale(0, 1).ticks(), Scale(1, 1024, log=True).ticks()
            ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0])
        """
        if self.log:
            octaves = math.log2(self.high / self.low)
            step = max(1, round(octaves / count))
            return [self.low * 2.0**k for k in range(0, math.floor(octaves + 1e-9) + 1, step)]
        step_ = round_step((self.high - self.low) / count)
        first = math.ceil(self.low / step_ - 1e-9)
        last = math.floor(self.high / step_ + 1e-9)
        return [float(f"{k * step_:.12g}") for k in range(first, last + 1)]


def round_step(rough: float) -> float:
    """Return the round number (1, 2 or 5 by a power of ten) at or just above a rough step.

    Example:
        >>> round_step(0.17), round_step(30)
        (0.2, 50.0)
    """
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 5, 10):
        if factor * power >= rough * (1 - 1e-9):
            break
    return float(f"{factor * power:.12g}")
