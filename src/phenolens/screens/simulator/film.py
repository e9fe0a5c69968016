"""The frames of one well of the fluorescence screen: its cells at an hour, and their picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import UInt16
from scipy import fft

from phenolens.screens.simulator.conditions import Conditions
from phenolens.screens.simulator.followed import generators, population_at
from phenolens.screens.simulator.growth import course
from phenolens.screens.simulator.moment import AHEAD, moment
from phenolens.screens.simulator.nuclei import nuclei
from phenolens.screens.simulator.per_cell import Draw
from phenolens.screens.simulator.scene import MARGIN, Scene, photograph
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.territory import spread
from phenolens.screens.simulator.timed import USUAL, Timed
from phenolens.screens.simulator.times import tick


@dataclass(frozen=True, slots=True, eq=False)
class Film(Timed):
    """The frames of one well."""

    def picture(
        self, site: int, hour: float, size: int, pixel_size: float
    ) -> UInt16[np.ndarray, "3 h w"]:
        """Return the picture of a field at an hour: (3, size, size), raw counts."""
        factors = self.conditions(site, hour)
        place = (self.well.plate, self.well.place, site, tick(hour), 2)
        return photograph(
            stream(self.seed, Stream.FRAME, *place),
            self.scene(site, hour, size, pixel_size, factors),
            factors,
        )

    def scene(
        self,
        site: int,
        hour: float,
        size: int,
        pixel_size: float,
        factors: Conditions | None = None,
    ) -> Scene:
        """Return the cells of one field at an hour.

        Args:
            site: Which field of the well.
            hour: Since the compound was added.
            size: Side of the field in pixels.
            pixel_size: Micrometres per pixel.
            factors: The conditions of this frame, if they are known.
        """
        factors = factors or self.conditions(site, hour)
        grown, response = self.growth(factors), self.response()
        expected = course(grown, response, hour + AHEAD)
        cells = self.phenotype(factors, response, expected, hour)
        drawn = fft.next_fast_len(size + 2 * round(MARGIN / pixel_size), real=True)
        where = (self.well.plate, self.well.place, site)
        still = stream(self.seed, Stream.SITE, *where, 3)
        now = moment(still, self.habit(grown), expected, hour, drawn * pixel_size)
        arrested = max(cells.mitotic - USUAL.mitotic, 0.0)
        population = population_at(now, cells, arrested, pixel_size)
        rng = stream(self.seed, Stream.FRAME, *where, tick(hour))
        outlines, bodies = generators(now, Draw.OUTLINE), generators(now, Draw.CORNERS)
        dead = float(np.mean(~now.alive)) if len(now) else 0.0
        return Scene(
            phenotype=replace(cells, rounded=dead),
            population=population,
            territory=spread(rng, cells, population, drawn, pixel_size, own=outlines),
            nuclei=nuclei(rng, cells, population, drawn, pixel_size, own=bodies),
            margin=(drawn - size) // 2,
            size=size,
            pixel_size=pixel_size,
            moment=now,
        )
