"""What a drug does to growth over time: when it begins, and how it changes division and death."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

Effect = Literal["cytotoxic", "cytostatic", "mixed", "none"]
Hours = Float64[np.ndarray, " t"]

LEAST_LOSS = 0.2  # share of an untreated cell's growth; below it there is no effect on growth
MOSTLY = 2 / 3  # share of the loss that is death (or arrest) from which it names the class
EARLIEST = 0.5  # hours: nothing acts at once
EARLIER = 0.5  # exponent: an effect of a quarter begins twice as late as the full one


@dataclass(frozen=True, slots=True)
class Kinetics:
    """How a mechanism acts over time, at its full effect.

    Death after a lag at a constant rate is the model of Forcina et al. 2017 (Cell Systems 4:600),
    who found widely different kinetics, some within hours. Rates are relative to the line's own
    division rate: what kills cells in their cycle kills a slow line slowly.

    Attributes:
        delay: Hours from the addition of the drug to the first change.
        rise: Hours from there until the change is complete.
        division: Share of the divisions that is left.
        death: Deaths per division of an untreated cell.
        lag: Hours from the first change to the first additional death.
    """

    delay: float = 6.0
    rise: float = 8.0
    division: float = 1.0
    death: float = 0.0
    lag: float = 0.0

    def loss(self, strength: float) -> tuple[float, float]:
        """Return what is lost of an untreated cell's growth rate: by arrest, and by death."""
        return strength * (1 - self.division), strength * self.death

    def effect(self, strength: float) -> Effect:
        """Return the class of the effect by growth and death, at a share of the full effect.

        Where growth loses less than `LEAST_LOSS` it is `none`. Else it is `cytotoxic` if two
        thirds of the loss or more are deaths, `cytostatic` if two thirds or more are missing
        divisions, and `mixed` between.

        Example:
            >>> Kinetics(division=0.1, death=0.05).effect(1.0)
            'cytostatic'
            >>> Kinetics(division=0.1, death=0.05).effect(0.1)
            'none'
        """
        arrest, death = self.loss(strength)
        if arrest + death < LEAST_LOSS:
            return "none"
        share = death / (arrest + death)
        if share >= MOSTLY:
            return "cytotoxic"
        return "cytostatic" if share <= 1 - MOSTLY else "mixed"

    def onset(self, strength: float, own: float = 1.0) -> float:
        """Return the hour of the first change: the stronger the effect, the earlier.

        Args:
            strength: Share of the full effect.
            own: Factor of this drug and line.
        """
        return max(self.delay * own * max(strength, 1e-3) ** -EARLIER, EARLIEST)


@dataclass(frozen=True, slots=True)
class Response:
    """What the cells of one well do after the drug was added at hour 0.

    Attributes:
        kinetics: Of the mechanism.
        strength: Share of the full effect.
        onset: Hour of the first change.
    """

    kinetics: Kinetics = Kinetics()
    strength: float = 0.0
    onset: float = 0.0

    def share(self, hours: Hours) -> Hours:
        """Return which share of the full change has happened."""
        return self.strength * _ramp((hours - self.onset) / self.kinetics.rise)

    def division(self, hours: Hours) -> Hours:
        """Return the division rate, relative to the line's own."""
        left: Hours = np.maximum(1 - self.share(hours) * (1 - self.kinetics.division), 0.0)
        return left

    def death(self, hours: Hours) -> Hours:
        """Return the rate of additional deaths, relative to the line's own division rate."""
        begun = (hours - self.onset - self.kinetics.lag) / self.kinetics.rise
        return self.strength * self.kinetics.death * _ramp(begun)


def truth_columns(
    response: Response | None, *, changes_shape: bool = False
) -> dict[str, str | float | bool]:
    """Return what a table says of a well over time.

    `effect` is the class by growth and death, DMSO for controls; `changes_shape` says that the
    cells look different at this dose, whatever their growth; `true_onset` is the hour of the first
    change, of shape, growth or death; it is missing where nothing changes.

    Args:
        response: In an average batch; None for a control.
        changes_shape: Whether enough of the drug's changes of shape is reached.
    """
    if response is None:
        return {"effect": "DMSO", "true_onset": float("nan"), "changes_shape": False}
    effect = response.kinetics.effect(response.strength)
    changed = changes_shape or effect != "none"
    return {
        "effect": effect,
        "true_onset": round(response.onset, 3) if changed else float("nan"),
        "changes_shape": changes_shape,
    }


def _ramp(share: Hours) -> Hours:
    """Return a smooth step from 0 to 1."""
    x = np.clip(share, 0.0, 1.0)
    step: Hours = x * x * (3 - 2 * x)
    return step
