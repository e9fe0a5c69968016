"""A field of the fluorescence screen at one hour: growth, compound, crowding and focus."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import fft

from phenolens.screens.simulator.compounds import Compound
from phenolens.screens.simulator.conditions import Conditions, conditions, potency
from phenolens.screens.simulator.consequences import DOUBLING, KINETICS, delay_factor
from phenolens.screens.simulator.design import Well, edge_distance
from phenolens.screens.simulator.drift import crowding, drifted, dryness
from phenolens.screens.simulator.followed import generators, population_at
from phenolens.screens.simulator.growth import Course, Growth, course, usual_death
from phenolens.screens.simulator.kinetics import Response, truth_columns
from phenolens.screens.simulator.moment import AHEAD, Habit, moment
from phenolens.screens.simulator.nuclei import nuclei
from phenolens.screens.simulator.per_cell import Draw
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.scene import MARGIN, Scene
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.territory import spread
from phenolens.screens.simulator.times import tick

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
            death=usual_death(Phenotype().rounded, rate),
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
        cells = Phenotype()
        if self.compound is not None:
            looks = {k: v for k, v in self.compound.changes.items() if k not in COUNTED}
            cells = cells.changed(looks, float(response.share(np.array([hour]))[0]))
        covered = course.crowded(hour)
        dry = self.strength * dryness(*edge_distance(self.well.place))
        cells = cells.changed({k: v for k, v in factors.culture.items() if k not in COUNTED})
        drift = crowding(covered, hour, dry)
        cells = cells.changed({name: drift[name] for name in ("cell_area", "protrusion")})
        return replace(cells, density=1000 * PACKED / Phenotype().cell_area * covered)

    def scene(
        self, site: int, hour: float, size: int, pixel_size: float, factors: Conditions
    ) -> Scene:
        """Return the cells of one field at an hour, under the conditions of that frame."""
        grown, response, usual = self.growth(factors), self.response(), Phenotype()
        expected = course(grown, response, hour + AHEAD)
        cells = self.phenotype(factors, response, expected, hour)
        drawn = fft.next_fast_len(size + 2 * round(MARGIN / pixel_size), real=True)
        habit = Habit(
            founders=grown.start * PACKED / usual.cell_area,
            clustering=usual.clustering,
            radius=float(np.sqrt(usual.cell_area / np.pi)),
            motility=MOTILITY,
        )
        where = (self.well.plate, self.well.place, site)
        still = stream(self.seed, Stream.SITE, *where, 3)
        now = moment(still, habit, expected, hour, drawn * pixel_size)
        arrested = max(cells.mitotic - usual.mitotic, 0.0)
        population = population_at(now, cells, arrested, pixel_size)
        rng = stream(self.seed, Stream.FRAME, *where, tick(hour))
        own = generators(now, Draw.OUTLINE)
        ground = spread(rng, cells, population, drawn, pixel_size, own=own)
        chromatin = nuclei(
            rng, cells, population, drawn, pixel_size, own=generators(now, Draw.CORNERS)
        )
        dead = float(np.mean(~now.alive)) if len(now) else 0.0
        return Scene(
            phenotype=replace(cells, rounded=dead),
            population=population,
            territory=ground,
            nuclei=chromatin,
            margin=(drawn - size) // 2,
            size=size,
            pixel_size=pixel_size,
            moment=now,
        )
