"""The growth of a well: division, death and confluence over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from phenolens.screens.simulator.kinetics import Response

Hours = Float64[np.ndarray, " t"]

START = -24.0  # hours: cells are plated a day before the drug is added
STEP = 0.5  # hours of the grid
CROWDING = 3.0  # exponent of the logistic: growth stays exponential until the ground is half full
STAY = 16.0  # hours that a dead cell stays where it died (secondary necrosis: Silva 2010)


@dataclass(frozen=True, slots=True)
class Growth:
    """How the untreated cells of one well grow.

    Attributes:
        rate: Net growth before confluence, per hour: log(2) over the doubling time.
        death: Deaths of untreated cells, per hour and living cell.
        confluence: Share of the ground that is covered when the drug is added.
        dry: Share by which evaporation slows growth after three days: wells at the rim.
    """

    rate: float
    death: float
    confluence: float
    dry: float = 0.0

    @property
    def division(self) -> float:
        """Divisions per hour: they make up for the deaths too."""
        return self.rate + self.death

    @property
    def start(self) -> float:
        """The share of the ground that is covered at `START`."""
        return self.confluence * float(np.exp(self.rate * START))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What is expected of the cells of one well, hour by hour.

    The expected number of living cells is that at `START` times exp(divided - died).

    Attributes:
        hours: Grid, from `START` on.
        divided: Divisions per cell since `START`.
        died: Deaths per cell since `START`.
        confluence: Share of the ground that living cells cover.
    """

    hours: Hours
    divided: Hours
    died: Hours
    confluence: Hours

    def crowded(self, hour: float) -> float:
        """Return the share of the ground that living cells cover at an hour."""
        return float(np.interp(hour, self.hours, self.confluence))

    def grown(self, hour: float) -> float:
        """Return the expected number of living cells, relative to `START`."""
        net = self.divided - self.died
        return float(np.exp(np.interp(hour, self.hours, net)))


def course(growth: Growth, response: Response, until: float) -> Course:
    """Return the course of a well from `START` to an hour.

    Division slows as the ground fills: rate x (1 - confluence^3), a logistic that leaves growth
    exponential at first. Arrest, additional death and evaporation come from the arguments.

    Args:
        growth: Of untreated cells.
        response: To the drug.
        until: Last hour that is needed; the course before it does not depend on it.
    """
    steps = max(int(np.ceil((until - START) / STEP)), 1)
    middle = START + STEP * (np.arange(steps) + 0.5)
    dry = 1 - growth.dry * np.clip(middle / 72.0, 0, 1)
    division = growth.division * response.division(middle) * np.clip(dry, 0, 1) * STEP
    death = (growth.death + growth.division * response.death(middle)) * STEP
    covered = np.empty(steps + 1)
    divided = np.zeros(steps + 1)
    now = growth.start
    covered[0] = now
    for k, (more, fewer) in enumerate(zip(division.tolist(), death.tolist(), strict=True)):
        gained = more * max(1 - now**CROWDING, 0.0)
        now *= float(np.exp(gained - fewer))
        covered[k + 1] = now
        divided[k + 1] = divided[k] + gained
    died = np.concatenate([[0.0], np.cumsum(death)])
    return Course(START + STEP * np.arange(steps + 1), divided, died, covered)


def usual_death(dying: float, rate: float) -> float:
    """Return the deaths per hour that keep this share of the cells dead, in a growing culture.

    Dead cells leave after `STAY` hours on average and are diluted by growth.
    """
    return dying / (1 - dying) * (1 / STAY + rate)
