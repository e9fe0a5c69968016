"""A well of the fluorescence screen over time: growth, compound, crowding and focus."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from phenolens.screens.simulator.compounds import Compound
from phenolens.screens.simulator.conditions import Conditions, conditions, potency
from phenolens.screens.simulator.consequences import DOUBLING, KINETICS, delay_factor
from phenolens.screens.simulator.design import Well, edge_distance
from phenolens.screens.simulator.drift import crowding, drifted, dryness
from phenolens.screens.simulator.growth import Course, Growth, usual_death
from phenolens.screens.simulator.kinetics import Response, truth_columns
from phenolens.screens.simulator.moment import Habit
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.streams import Stream, stream

USUAL = Phenotype()
COUNTED = frozenset({"density", "rounded"})  # what follows from the lives of the cells
SEEDED = 0.28  # share of the ground that is covered when the compound is added
PACKED = 1.15  # cells of a full field per cell that covers it at its usual area
MOTILITY = 14.0  # micrometres in a day
FOCUS = (0.006, 0.05, 0.06)  # of log blur: drift of a plate per hour, error of a scan, of a frame
LEAST_EFFECT = 0.2  # share of the full effect from which cells look different


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """One well of the screen over time: its compound, and the screen that it belongs to.

    Attributes:
        seed: Of the screen.
        strength: Of batch effects.
        well: Its place and content.
        compound: None for a control.
    """

    seed: int
    strength: float
    well: Well
    compound: Compound | None

    def response(self, *, nominal: bool = False) -> Response:
        """Return what the compound does in this well.

        Args:
            nominal: Of an average batch: what the truth columns say.
        """
        if self.compound is None:
            return Response()
        kinetics = KINETICS[self.compound.moa]
        share = self.compound.effect(self.well.concentration)
        onset = kinetics.onset(share, delay_factor(self.seed, self.well.compound))
        if not nominal:
            share *= potency(self.seed, self.well, self.strength)
        return Response(kinetics, share, onset)

    def truth(self) -> dict[str, str | float | bool]:
        """Return the truth columns of this well: what it would be in an average batch."""
        if self.compound is None:
            return truth_columns(None)
        response = self.response(nominal=True)
        return truth_columns(response, changes_shape=response.strength >= LEAST_EFFECT)

    def growth(self, factors: Conditions) -> Growth:
        """Return how untreated cells of this well grow."""
        own = stream(self.seed, Stream.DRIFT, self.well.plate, self.well.place).normal(0, 0.04)
        rate = float(np.log(2) / DOUBLING * np.exp(own))
        return Growth(
            rate=rate,
            death=usual_death(USUAL.rounded, rate),
            confluence=float(np.clip(SEEDED * factors.culture["density"], 0.05, 0.5)),
            dry=self.strength * dryness(*edge_distance(self.well.place)),
        )

    def conditions(self, site: int, hour: float) -> Conditions:
        """Return what acts on a frame: the focus drifts, and every scan finds it anew."""
        factors = conditions(self.seed, self.well, site, self.strength)
        focus, light = drifted(self.seed, self.well.plate, (self.well.place, site), hour, FOCUS)
        return replace(
            factors,
            blur=factors.blur * np.exp(abs(focus)),
            haze=np.clip(factors.haze * np.exp(0.5 * abs(focus)), 0.05, 0.6),
            gain=factors.gain * np.exp(light),
        )

    def phenotype(
        self, factors: Conditions, response: Response, course: Course, hour: float
    ) -> Phenotype:
        """Return how living cells look at an hour; its density is that of living cells."""
        cells = USUAL
        if self.compound is not None:
            looks = {k: v for k, v in self.compound.changes.items() if k not in COUNTED}
            cells = cells.changed(looks, float(response.share(np.array([hour]))[0]))
        covered = course.crowded(hour)
        dry = self.strength * dryness(*edge_distance(self.well.place))
        cells = cells.changed({k: v for k, v in factors.culture.items() if k not in COUNTED})
        drift = crowding(covered, hour, dry)
        cells = cells.changed({name: drift[name] for name in ("cell_area", "protrusion")})
        return replace(cells, density=1000 * PACKED / USUAL.cell_area * covered)

    def habit(self, growth: Growth) -> Habit:
        """Return how untreated cells settle and move."""
        return Habit(
            founders=growth.start * PACKED / USUAL.cell_area,
            clustering=USUAL.clustering,
            radius=float(np.sqrt(USUAL.cell_area / np.pi)),
            motility=MOTILITY,
        )
