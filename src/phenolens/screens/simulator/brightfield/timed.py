"""A well of the brightfield screen over time: growth, drug, crowding and focus."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.conditions import Conditions, conditions, potency
from phenolens.screens.simulator.brightfield.design import Well, edge_distance
from phenolens.screens.simulator.brightfield.drugs import LEAST_EFFECT, Drug
from phenolens.screens.simulator.brightfield.kinetics import KINETICS, delay_factor, doubling
from phenolens.screens.simulator.brightfield.lines import Line
from phenolens.screens.simulator.drift import crowding, drifted, dryness
from phenolens.screens.simulator.growth import Course, Growth, usual_death
from phenolens.screens.simulator.kinetics import Response, truth_columns
from phenolens.screens.simulator.moment import Habit
from phenolens.screens.simulator.streams import Stream, stream

COUNTED = frozenset({"density", "dying", "debris"})  # what follows from the lives of the cells
SEEDED = 0.38  # of the density that a line is usually pictured at, when the drug is added
PACKED = 1.15  # cells of a full field per cell that covers it at its usual area
FOCUS = (0.05, 0.35, 0.2)  # micrometres: drift of a plate per hour, error of a scan, of a frame


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """One well of the screen over time: its line, its drug, and the screen that it belongs to.

    Attributes:
        seed: Of the screen.
        strength: Of batch effects.
        well: Its place and content.
        line: Its cells.
        drug: None for a control.
    """

    seed: int
    strength: float
    well: Well
    line: Line
    drug: Drug | None

    def response(self, *, nominal: bool = False) -> Response:
        """Return what the drug does in this well.

        Args:
            nominal: Of an average batch: what the truth columns say.
        """
        if self.drug is None:
            return Response()
        kinetics = KINETICS[self.drug.moa]
        share = self.drug.strength(self.well.concentration, self.well.line)
        own = delay_factor(self.seed, self.well.drug, self.well.line)
        onset = kinetics.onset(share, own)
        if not nominal:
            share *= potency(self.seed, self.well, self.strength)
        return Response(kinetics, share, onset)

    def truth(self) -> dict[str, str | float | bool]:
        """Return the truth columns of this well: what it would be in an average batch."""
        if self.drug is None:
            return truth_columns(None)
        response = self.response(nominal=True)
        shape = bool(self.drug.changes) and response.strength >= LEAST_EFFECT
        return truth_columns(response, changes_shape=shape)

    def growth(self, factors: Conditions) -> Growth:
        """Return how untreated cells of this well grow."""
        usual = self.line.appearance
        own = stream(self.seed, Stream.DRIFT, self.well.plate, self.well.place).normal(0, 0.04)
        rate = np.log(2) / doubling(self.seed, self.well.line) * np.exp(own)
        covered = SEEDED * usual.density * usual.cell_area / 1000 * factors.culture["density"]
        dying = min(usual.dying * factors.culture["dying"], 0.3)
        return Growth(
            rate=float(rate),
            death=usual_death(dying, float(rate)),
            confluence=float(np.clip(covered, 0.05, 0.5)),
            dry=self.strength * dryness(*edge_distance(self.well.place)),
        )

    def conditions(self, site: int, hour: float) -> Conditions:
        """Return what acts on a frame: the focus drifts, and every scan finds it anew."""
        factors = conditions(self.seed, self.well, site, self.strength)
        focus, light = drifted(self.seed, self.well.plate, (self.well.place, site), hour, FOCUS)
        return replace(
            factors, focus=factors.focus + focus, gain=factors.gain * float(np.exp(light))
        )

    def appearance(
        self, factors: Conditions, response: Response, course: Course, hour: float
    ) -> Appearance:
        """Return how living cells look at an hour; its density is that of living cells.

        The line's looks are changed by the drug, the culture, the crowd and the medium's age.
        """
        cells = self.line.appearance
        if self.drug is not None:
            looks = {k: v for k, v in self.drug.changes.items() if k not in COUNTED}
            share = float(response.share(np.array([hour]))[0])
            cells = replace(self.drug, changes=looks).applied(cells, share)
        cells = cells.scaled(factors.culture)
        dry = self.strength * dryness(*edge_distance(self.well.place))
        cells = cells.scaled(crowding(course.crowded(hour), hour, dry))
        density = 1000 * PACKED / self.line.appearance.cell_area * course.crowded(hour)
        return replace(cells, density=density)

    def habit(self, growth: Growth) -> Habit:
        """Return how untreated cells of the line settle and move."""
        usual = self.line.appearance
        return Habit(
            founders=growth.start * PACKED / usual.cell_area,
            clustering=usual.clustering,
            radius=float(np.sqrt(usual.cell_area / np.pi)),
            motility=10 + 30 * (1 - usual.clustering),
        )
