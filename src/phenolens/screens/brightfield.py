"""The `brightfield` layout: a simulated drug screen in transmitted light, with known truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import UInt16

from phenolens.core.errors import InputError
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.roles import with_roles
from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.conditions import conditions, potency
from phenolens.screens.simulator.brightfield.design import WELLS, Design, Well
from phenolens.screens.simulator.brightfield.drugs import MOST_MECHANISMS, Drug, drugs
from phenolens.screens.simulator.brightfield.film import Film
from phenolens.screens.simulator.brightfield.lines import MOST_LINES, Line, lines
from phenolens.screens.simulator.brightfield.scene import Scene, compose, photograph
from phenolens.screens.simulator.brightfield.truth import truth_of
from phenolens.screens.simulator.on_demand import OnDemand
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.truth import Truth

MOST = 1000  # of anything that is counted


@dataclass(frozen=True, kw_only=True)
class Brightfield(OnDemand[Well]):
    """A simulated brightfield drug screen with known truth: cell lines, four classes of effect.

    The assay of Dmitrenko et al. (2022, arXiv 2203.04107): one channel of transmitted light,
    several lines (`simulator.brightfield.lines`) in several batches, one line per plate, every
    drug and DMSO on every plate. A drug changes named parameters of the cells
    (`simulator.brightfield.appearance`) as its mechanism does (`simulator.brightfield.mechanisms`);
    its effect is cytotoxic, cytostatic, morphological, or none (inert). Lines differ in
    sensitivity, and some resist a mechanism. Wells differ in seeding, death and focus without any
    treatment; batch and plate act on cells and picture (`simulator.brightfield.conditions`). How a
    phase becomes a picture is in `simulator.brightfield.optics`.

    The table has the column `effect`: the class at this dose in this line (`inert` where less than
    a fifth of the full effect is reached), and DMSO for controls. It is truth, not for training.

    With `times` it is a time-lapse: the cells of a site are followed from frame to frame while they
    move, divide, die and detach (`simulator.lineage`), at rates that a drug changes after a delay
    (`simulator.kinetics`). The table has `time` (hours since the drug was added), and other truth:
    `effect` by growth and death (cytotoxic, cytostatic, mixed, none), `true_onset` (hour of the
    first change) and `changes_shape`.

    Attributes:
        seed: Everything follows from it.
        cell_lines: Lines; they differ in shape, size, density, clustering and texture.
        mechanisms: How many mechanisms of the catalogue; the first four have one effect each.
        compounds: Drugs per mechanism.
        doses: Concentrations per drug: half-log steps down from ten times the EC50.
        batches: Runs of the screen.
        lines_per_batch: Lines screened in one batch, in turn: with the defaults each line is in
            two batches.
        replicates: Plates of a line in a batch, with the same treatments at other places.
        wells: Wells per treatment on a plate.
        controls: DMSO wells per plate: first P21, N19, M08, L14, H09, E02 as in the paper, any
            more at random places.
        sites: Fields per well.
        size: Side of a field in pixels.
        pixel_size: Micrometres per pixel; 1.24 is a live-cell imager at 10x.
        batch_strength: 0 no batch effect, 1 that of a real screen.
        times: Hours of the frames of every site, rising, 0 when the drug is added and from -24 on;
            empty: one picture per site, without time.

    Example:
        >>> from pathlib import Path
        >>> screen = Brightfield(size=64, cell_lines=2, batches=1, sites=1)(Path())
        >>> screen.read(np.array([0])).shape
        (1, 1, 64, 64)
    """

    channels = ("Brightfield",)

    seed: int = 0
    cell_lines: int = 4
    mechanisms: int = 10
    compounds: int = 2
    doses: int = 1
    batches: int = 4
    lines_per_batch: int = 2
    replicates: int = 1
    wells: int = 1
    controls: int = 8
    sites: int = 3
    size: int = 256
    pixel_size: float = 1.24
    batch_strength: float = 1.0
    times: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        between(0, LARGEST_SEED, seed=self.seed)
        between(1, MOST_LINES, cell_lines=self.cell_lines)
        between(1, MOST_MECHANISMS, mechanisms=self.mechanisms)
        between(1, len(WELLS), compounds=self.compounds, wells=self.wells)
        between(1, 12, doses=self.doses)
        between(1, MOST, batches=self.batches, replicates=self.replicates, sites=self.sites)
        between(1, self.cell_lines, lines_per_batch=self.lines_per_batch)
        between(1, len(WELLS) - 1, controls=self.controls)
        between(16, 16384, size=self.size)
        between(0.2, 4.0, pixel_size=self.pixel_size)  # else it cannot show cells
        between(0, 10, batch_strength=self.batch_strength)
        if self.batches * self.lines_per_batch < self.cell_lines:
            raise InputError(
                f"{self.batches} batches of {self.lines_per_batch} lines do not reach "
                f"{self.cell_lines} cell lines",
                where="lines_per_batch",
                fix="set more batches, more lines per batch, or fewer cell_lines",
            )
        used = self._design.used(self.mechanisms * self.compounds)
        if used > len(WELLS):
            raise InputError(
                f"needs {used} wells on a plate; a plate has {len(WELLS)}",
                where="compounds",
                fix="set fewer compounds, doses, wells or controls",
            )
        images = len(self._design.plates()) * used * self.sites * len(self._moments())
        if images > MANY:
            raise InputError(f"makes {images} images; at most {MANY}", where="sites")

    def truth(self, row: int) -> Truth:
        """Return what is known about one image: parameters, cells, masks."""
        return truth_of(self._scene(*self._spot(row)))

    @property
    def _design(self) -> Design:
        return Design(
            lines=self.cell_lines,
            batches=self.batches,
            lines_per_batch=self.lines_per_batch,
            replicates=self.replicates,
            doses=self.doses,
            wells=self.wells,
            controls=self.controls,
        )

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        return lines(self.seed, self.cell_lines)

    @cached_property
    def _drugs(self) -> tuple[Drug, ...]:
        return drugs(self.seed, self.mechanisms, self.compounds, self.cell_lines)

    @cached_property
    def _wells(self) -> tuple[Well, ...]:
        return self._design.layout(self.seed, self._drugs)

    def _all_wells(self) -> tuple[Well, ...]:
        return self._wells

    def _image(self, well: Well, site: int, hour: float | None) -> UInt16[np.ndarray, "1 h w"]:
        if hour is not None:
            return self._film(well).picture(site, hour, self.size, self.pixel_size)[None]
        return photograph(
            stream(self.seed, Stream.SITE, well.plate, well.place, site, 2),
            self._scene(well, site),
            conditions(self.seed, well, site, self.batch_strength),
        )[None]

    def _appearance(self, well: Well, site: int) -> Appearance:
        """Return how the cells of one field look: the line's, then the drug's and the culture's."""
        appearance = self._lines[well.line].appearance
        if well.drug >= 0:
            drug = self._drugs[well.drug]
            strength = drug.strength(well.concentration, well.line)
            strength *= potency(self.seed, well, self.batch_strength)
            appearance = drug.applied(appearance, strength)
        culture = conditions(self.seed, well, site, self.batch_strength).culture
        return appearance.scaled(culture)

    def _film(self, well: Well) -> Film:
        """Return a well over time."""
        drug = self._drugs[well.drug] if well.drug >= 0 else None
        return Film(self.seed, self.batch_strength, well, self._lines[well.line], drug)

    def _scene(self, well: Well, site: int, hour: float | None = None) -> Scene:
        """Return the cells of one field."""
        if hour is not None:
            return self._film(well).scene(site, hour, self.size, self.pixel_size)
        rng = stream(self.seed, Stream.SITE, well.plate, well.place, site, 0)
        return compose(rng, self._appearance(well, site), self.size, self.pixel_size)

    def _meta(self) -> pd.DataFrame:
        """Return one row per image, plate by plate, well by well, site by site, time by time."""
        table = pd.DataFrame(
            [
                {
                    "plate": f"P{well.plate + 1:03d}",
                    "well": WELLS[well.place],
                    "site": site,
                    **moment,
                    "batch": f"B{well.batch + 1:02d}",
                    "replicate": well.replicate,
                    "cell_line": self._lines[well.line].name,
                    **self._content(well),
                }
                for well in self._wells
                for site in range(1, self.sites + 1)
                for moment in self._moments()
            ]
        )
        return with_roles(table)

    def _content(self, well: Well) -> dict[str, Any]:
        """Return what is in a well: compound, concentration, mechanism and class of effect."""
        truth = self._film(well).truth() if self.times else {}
        if well.drug < 0:
            content = {"compound": "DMSO", "concentration": 0.0, "moa": "DMSO", "effect": "DMSO"}
            return content | truth
        drug = self._drugs[well.drug]
        return {
            "compound": drug.name,
            "concentration": well.concentration,
            "moa": drug.moa,
            "effect": drug.effect(well.concentration, well.line),
            **truth,
        }
