"""The `synthetic` layout: a simulated screen with known truth, for tests, demos and benchmarks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from jaxtyping import Float64, UInt16

from phenolens.core.errors import InputError
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.roles import with_roles
from phenolens.screens.simulator.compounds import Compound, compounds
from phenolens.screens.simulator.conditions import conditions, potency
from phenolens.screens.simulator.design import INNER_WELLS, Design, Well
from phenolens.screens.simulator.film import Film
from phenolens.screens.simulator.leak import leak_of, leaking
from phenolens.screens.simulator.mechanisms import MECHANISMS
from phenolens.screens.simulator.on_demand import OnDemand
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.scene import Scene, compose, photograph
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.truth import Truth, truth_of

MOST = 1000  # of anything that is counted: a screen of millions of images has less


@dataclass(frozen=True, kw_only=True)
class Synthetic(OnDemand[Well]):
    """A simulated BBBC021-like screen with known truth: mechanisms, doses, plates, batch effects.

    Cells with nuclei, microtubules and actin are drawn from named parameters
    (`simulator.phenotype`), which a mechanism changes (`simulator.mechanisms`) in a way and at a
    dose specific to each compound (`simulator.compounds`); batch, plate, well and site act on the
    cells and on the picture (`simulator.conditions`); a camera records it in 16 bits.

    As in the real screen a compound is screened in one batch (the first of each mechanism in
    two), on `replicates` plates that hold the same treatments at newly drawn well positions, so
    compound and batch are confounded; the compounds of a mechanism are in different batches,
    so mechanism and batch are not.

    With `times` it is a time-lapse: the cells of a site are followed from frame to frame while they
    move, divide, die and detach (`simulator.lineage`), at rates that a compound changes after a
    delay (`simulator.consequences`). The table has `time` (hours since the compound was added) and
    truth: `effect` by growth and death (cytotoxic, cytostatic, mixed, none; DMSO for controls),
    `true_onset` (hour of the first change) and `changes_shape`.

    Attributes:
        seed: Everything follows from it.
        mechanisms: How many mechanisms of the catalogue.
        compounds: Compounds per mechanism.
        doses: Concentrations per compound: half-log steps down from ten times the EC50, so the
            first two are strong and the fourth is weak.
        batches: Weeks.
        replicates: Plates in a batch with the same treatments.
        sites: Fields per well.
        controls: DMSO wells per plate.
        lone: How many mechanisms (the first of the catalogue) stay in one batch, as two do in
            BBBC021; for these NSCB is undefined.
        size: Side of a field in pixels.
        pixel_size: Micrometres per pixel.
        batch_strength: 0 no batch effect, 1 that of a real screen.
        leak: A planted leak, for tests of audits: 0 none; 0.1, the background of the wells of a
            mechanism is brighter or darker by about 10 %, where no cell is too.
        times: Hours of the frames of every site, rising, 0 when the compound is added and from -24
            on; empty: one picture per site, without time.

    Example:
        >>> from pathlib import Path
        >>> screen = Synthetic(size=64, replicates=1, sites=1)(Path())
        >>> screen.read(np.array([0])).shape
        (1, 3, 64, 64)
    """

    channels = ("DNA", "Tubulin", "Actin")

    seed: int = 0
    mechanisms: int = 12
    compounds: int = 3
    doses: int = 2
    batches: int = 4
    replicates: int = 3
    sites: int = 2
    controls: int = 6
    lone: int = 0
    size: int = 256
    pixel_size: float = 0.5
    batch_strength: float = 1.0
    leak: float = 0.0
    times: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        between(0, LARGEST_SEED, seed=self.seed)
        between(1, len(MECHANISMS), mechanisms=self.mechanisms)
        between(1, MOST, compounds=self.compounds, batches=self.batches)
        between(1, MOST, replicates=self.replicates, sites=self.sites)
        between(1, 12, doses=self.doses)
        between(1, len(INNER_WELLS) - 1, controls=self.controls)
        between(0, self.mechanisms, lone=self.lone)
        between(16, 16384, size=self.size)
        between(0.1, 2.0, pixel_size=self.pixel_size)  # else it cannot show cells
        between(0, 10, batch_strength=self.batch_strength)
        between(0, 2, leak=self.leak)
        if self.leak and self.times:
            raise InputError("a leak is planted in pictures without times only", where="leak")
        counts = {
            name: getattr(self, name)
            for name in ("mechanisms", "compounds", "doses", "replicates", "sites")
        }
        images = (
            math.prod(counts.values()) + self.batches * self.replicates * self.controls * self.sites
        ) * len(self._moments())
        if images > MANY:
            largest = max(counts, key=counts.__getitem__)
            raise InputError(f"makes {images} images; at most {MANY}", where=largest)

    def truth(self, row: int) -> Truth:
        """Return what is known about one image: parameters, cells, masks."""
        return truth_of(self._scene(*self._spot(row)))

    @cached_property
    def _compounds(self) -> tuple[Compound, ...]:
        return compounds(self.seed, self.mechanisms, self.compounds)

    @cached_property
    def _wells(self) -> tuple[Well, ...]:
        design = Design(
            batches=self.batches,
            replicates=self.replicates,
            doses=self.doses,
            controls=self.controls,
            lone=self.lone,
        )
        return design.wells(self.seed, self._compounds, self.compounds)

    def _all_wells(self) -> tuple[Well, ...]:
        return self._wells

    def _image(self, well: Well, site: int, hour: float | None) -> UInt16[np.ndarray, "3 h w"]:
        if hour is not None:
            return self._film(well).picture(site, hour, self.size, self.pixel_size)
        return photograph(
            stream(self.seed, Stream.SITE, well.plate, well.place, site, 2),
            self._scene(well, site),
            leaking(conditions(self.seed, well, site, self.batch_strength), self._leak(well)),
        )

    def _leak(self, well: Well) -> Float64[np.ndarray, " 3"]:
        """Return the factor of each channel's background that the mechanism of a well plants."""
        mechanism = well.compound // self.compounds if well.compound >= 0 else -1
        return leak_of(self.seed, mechanism, self.leak)

    def _film(self, well: Well) -> Film:
        """Return a well over time."""
        compound = self._compounds[well.compound] if well.compound >= 0 else None
        return Film(self.seed, self.batch_strength, well, compound)

    def _scene(self, well: Well, site: int, hour: float | None = None) -> Scene:
        """Return the cells of one field."""
        if hour is not None:
            return self._film(well).scene(site, hour, self.size, self.pixel_size)
        culture = conditions(self.seed, well, site, self.batch_strength).culture
        phenotype = Phenotype()
        if well.compound >= 0:
            strength = potency(self.seed, well, self.batch_strength)
            phenotype = self._compounds[well.compound].phenotype(well.concentration, strength)
        rng = stream(self.seed, Stream.SITE, well.plate, well.place, site, 0)
        return compose(rng, phenotype.changed(culture), self.size, self.pixel_size)

    def _meta(self) -> pd.DataFrame:
        """Return one row per image, plate by plate, well by well, site by site, time by time."""
        names = [*(c.name for c in self._compounds), "DMSO"]
        moas = [*(c.moa for c in self._compounds), "DMSO"]
        table = pd.DataFrame(
            [
                {
                    "plate": f"P{well.plate + 1:03d}",
                    "well": INNER_WELLS[well.place],
                    "site": site,
                    **moment,
                    "batch": f"B{well.batch + 1:02d}",
                    "replicate": well.replicate,
                    "compound": names[well.compound],
                    "concentration": well.concentration,
                    "moa": moas[well.compound],
                    **(self._film(well).truth() if self.times else {}),
                }
                for well in self._wells
                for site in range(1, self.sites + 1)
                for moment in self._moments()
            ]
        )
        return with_roles(table)
