"""The frames of one well of the brightfield screen: its cells at an hour, and their picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import UInt16
from scipy import fft

from phenolens.screens.simulator.brightfield.conditions import Conditions
from phenolens.screens.simulator.brightfield.debris import debris
from phenolens.screens.simulator.brightfield.followed import ground_at, population_at
from phenolens.screens.simulator.brightfield.phase import phase_map
from phenolens.screens.simulator.brightfield.scene import MARGIN, Scene, photograph
from phenolens.screens.simulator.brightfield.timed import Timed
from phenolens.screens.simulator.growth import course
from phenolens.screens.simulator.moment import AHEAD, moment
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.times import tick


@dataclass(frozen=True, slots=True, eq=False)
class Film(Timed):
    """The frames of one well."""

    def picture(
        self, site: int, hour: float, size: int, pixel_size: float
    ) -> UInt16[np.ndarray, "h w"]:
        """Return the picture of a field at an hour: (size, size), raw counts."""
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
            hour: Since the drug was added.
            size: Side of the field in pixels.
            pixel_size: Micrometres per pixel.
            factors: The conditions of this frame, if they are known.
        """
        factors = factors or self.conditions(site, hour)
        grown, response = self.growth(factors), self.response()
        expected = course(grown, response, hour + AHEAD)
        cells = self.appearance(factors, response, expected, hour)
        drawn = fft.next_fast_len(size + 2 * round(MARGIN / pixel_size), real=True)
        where = (self.well.plate, self.well.place, site)
        still = stream(self.seed, Stream.SITE, *where, 3)
        now = moment(still, self.habit(grown), expected, hour, drawn * pixel_size)
        arrested = max(cells.mitotic - self.line.appearance.mitotic, 0.0)
        population = population_at(now, cells, arrested, pixel_size)
        ground = ground_at(now, population, cells, drawn, pixel_size)
        rng = stream(self.seed, Stream.FRAME, *where, tick(hour))
        phase, nuclear = phase_map(rng, replace(cells, debris=0.0), population, ground, pixel_size)
        bits = stream(self.seed, Stream.SITE, *where, 4)
        phase += debris(bits, now, cells.debris, drawn, pixel_size)
        return Scene(
            appearance=replace(cells, dying=float(np.mean(~now.alive)) if len(now) else 0.0),
            population=population,
            ground=ground,
            phase=phase,
            nuclear=nuclear,
            margin=(drawn - size) // 2,
            size=size,
            pixel_size=pixel_size,
            moment=now,
        )
