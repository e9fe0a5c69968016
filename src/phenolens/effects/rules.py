"""The rules: from growth and death, or from a shape, to a class. Arrays in, codes out.

**Growth and death known.** With the rates k (net growth), d (death), s = k + d (division), of the
treatment and of its controls: `killed` = (d - d_ctrl) / k_ctrl and `stopped` =
(s_ctrl - s) / k_ctrl add up to the lost growth 1 - k / k_ctrl. Cells cannot vanish: where the
population shrinks, as much as it does is death, also where dead cells detached and were not seen.
The share of the loss that is death decides: most of it cytotoxic, little of it cytostatic, mixed
between.

**Growth known alone.** Fewer divisions and more deaths look alike while the population grows. As
for GR values (Hafner et al. 2016), a smaller growth down to none is cytostatic, and a population
that shrinks is cytotoxic; `mixed` cannot be found.

**Shape alone** (a design choice after the figure of Dmitrenko et al. 2022, whose rules are not
published): inside the control band none; an early, strong, monotone departure cytotoxic; one of
middle strength mixed, and so is a rise that falls again; a weaker one that is late or levels off
cytostatic, and one that passes `cannot tell`. Slower cells whose controls become confluent catch
up, which also looks like a fall. Strength is relative to the strongest treatment in the table:
without a toxic one there, only `none`, `cytostatic` and `cannot tell` mean much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.effects.classes import CYTOSTATIC, CYTOTOXIC, MIXED, NONE, UNKNOWN
from phenolens.effects.shape import Shape
from phenolens.effects.thresholds import RULES


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """Rates relative to the growth rate of the controls; one entry per treatment or redraw.

    Attributes:
        grown: Net growth k / k_ctrl; NaN where it is not known.
        killed: (d - d_ctrl) / k_ctrl; NaN where no death marker is known.
        error: Standard error of `grown` by the spread between controls; 0 where it is not known.
        killed_error: Of `killed`.
    """

    grown: Float64[np.ndarray, " n"]
    killed: Float64[np.ndarray, " n"]
    error: Float64[np.ndarray, " n"] | float = 0.0
    killed_error: Float64[np.ndarray, " n"] | float = 0.0

    def parts(self) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """Return the parts of the lost growth that are death and fewer divisions, from 0 on."""
        shrunk = np.maximum(-self.grown, 0.0)
        killed = np.maximum(np.where(np.isfinite(self.killed), self.killed, 0.0), shrunk)
        return killed, np.maximum(1 - self.grown - killed, 0.0)

    def death_share(self) -> Float64[np.ndarray, " n"]:
        """Return the share of the loss that is death."""
        killed, stopped = self.parts()
        both = killed + stopped
        return np.divide(killed, both, out=np.zeros_like(both), where=both > 0)


def by_growth(growth: Growth) -> Int64[np.ndarray, " n"]:
    """Return the class of each entry, by growth and death where it is known."""
    marker = np.isfinite(growth.killed)
    return np.where(marker, _with_marker(growth), _growth_alone(growth)).astype(np.int64)


def by_shape(shape: Shape, band: float, highest: float) -> Int64[np.ndarray, " n"]:
    """Return the class of each entry by its shape.

    Args:
        shape: Of the curves.
        band: Half width of the control band, in the shape's unit.
        highest: Peak of the strongest treatment in the table.
    """
    left = np.isfinite(shape.departure)
    falls = (shape.fall >= RULES.fallen) & (shape.dropped > band)
    far = shape.peak >= RULES.far
    strong = far & (shape.peak >= RULES.strong * highest)
    middle = far & ~strong & (shape.peak >= RULES.weak * highest)
    weak = ~strong & ~middle
    rises = shape.early & (shape.rise >= RULES.rising)
    static = ~strong & (~shape.early | (shape.level <= RULES.level))
    return np.select(
        [~left, falls & weak, falls, strong & rises, middle & rises, static],
        [NONE, UNKNOWN, MIXED, CYTOTOXIC, MIXED, CYTOSTATIC],
        UNKNOWN,
    ).astype(np.int64)


def _growth_alone(growth: Growth) -> Int64[np.ndarray, " n"]:
    loss = 1 - growth.grown
    effect = loss >= RULES.least_loss
    return np.select(
        [
            ~np.isfinite(growth.grown),
            ~effect,
            loss <= RULES.noise * growth.error,
            growth.grown < -RULES.shrinks,
        ],
        [UNKNOWN, NONE, UNKNOWN, CYTOTOXIC],
        CYTOSTATIC,
    ).astype(np.int64)


def _with_marker(growth: Growth) -> Int64[np.ndarray, " n"]:
    killed, _ = growth.parts()
    loss = 1 - growth.grown
    effect: Bool[np.ndarray, " n"] = (loss >= RULES.least_loss) | (killed >= RULES.least_loss)
    clear = (loss > RULES.noise * growth.error) | (killed > RULES.noise * growth.killed_error)
    share = growth.death_share()
    return np.select(
        [
            ~np.isfinite(growth.grown),
            ~effect,
            ~clear,
            share >= RULES.mostly,
            share > 1 - RULES.mostly,
        ],
        [UNKNOWN, NONE, UNKNOWN, CYTOTOXIC, MIXED],
        CYTOSTATIC,
    ).astype(np.int64)
