"""The named parameters of how cells look; a compound is a change of some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from phenolens.screens.simulator.changes import moved

# Parameters that are shares of something, in [0, 1]; the others are positive amounts.
SHARES = frozenset(
    {
        "clustering",
        "rounded",
        "mitotic",
        "monopolar",
        "multinucleated",
        "micronucleated",
        "bundling",
        "centring",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phenotype:
    """How the cells of one well look on average; the defaults are untreated MCF-7 at 20x.

    Lengths are in micrometres, shares in [0, 1], intensities relative to untreated cells.

    Attributes:
        density: Cells per 1000 square micrometres.
        clustering: Share of cells that settle next to another cell.
        cell_area: Area that a spread cell takes where neighbours leave it room.
        elongation: Long over short axis of a cell.
        irregularity: Relative amplitude of the cell outline.
        protrusion: Relative length of the corners and processes by which a cell holds on.
        rounded: Share of detached, dying cells: small, round, bright, out of focus.
        mitotic: Share of cells in mitosis: round, condensed chromosomes, a spindle.
        monopolar: Share of mitotic cells with one pole in a ring of chromosomes.
        nucleus_area: Area of one nucleus.
        nucleus_elongation: Long over short axis of a nucleus.
        nucleus_lobes: Relative amplitude of the nuclear outline.
        multinucleated: Share of cells with two to four nuclei.
        micronucleated: Share of cells whose nucleus is broken into many small ones.
        chromatin_contrast: Relative contrast of chromatin texture.
        nucleoli: Depth of the dark nucleoli.
        dna: DNA stain.
        filaments: Microtubules drawn a cell.
        filament_length: Length of one microtubule.
        filament_curl: Turning along a microtubule, radians a square-root micrometre.
        bundling: 0 single microtubules, 1 all in thick bundles.
        centring: Share of microtubules that start at the organising centre.
        soluble_tubulin: Diffuse tubulin relative to the filaments.
        tubulin: Tubulin stain.
        cortex: Actin at cell-cell borders.
        fibres: Stress fibres a cell.
        puncta: Actin spots a cell.
        ruffles: Actin at free edges.
        diffuse_actin: Actin everywhere in the cell.
        actin: Actin stain.
    """

    density: float = 1.75
    clustering: float = 0.65
    cell_area: float = 540.0
    elongation: float = 1.35
    irregularity: float = 0.06
    protrusion: float = 0.35
    rounded: float = 0.03
    mitotic: float = 0.04
    monopolar: float = 0.03
    nucleus_area: float = 110.0
    nucleus_elongation: float = 1.25
    nucleus_lobes: float = 0.025
    multinucleated: float = 0.04
    micronucleated: float = 0.015
    chromatin_contrast: float = 0.16
    nucleoli: float = 0.25
    dna: float = 1.0
    filaments: float = 220.0
    filament_length: float = 22.0
    filament_curl: float = 0.085
    bundling: float = 0.05
    centring: float = 0.25
    soluble_tubulin: float = 0.7
    tubulin: float = 1.0
    cortex: float = 1.0
    fibres: float = 40.0
    puncta: float = 6.0
    ruffles: float = 1.0
    diffuse_actin: float = 1.0
    actin: float = 1.0

    def changed(self, changes: Mapping[str, float], effect: float = 1.0) -> Phenotype:
        """Return the phenotype after a share of the changes has happened.

        Args:
            changes: Parameter -> the factor it is multiplied by at full effect; for the shares
                (`SHARES`) the value it reaches at full effect.
            effect: 0 leaves the phenotype as it is, 1 is the full change.

        Raises:
            InputError: A change names no parameter.

        Example:
            >>> cells = Phenotype(cell_area=640.0, mitotic=0.04)
            >>> half = cells.changed({"cell_area": 4.0, "mitotic": 0.24}, effect=0.5)
            >>> half.cell_area, round(half.mitotic, 2)
            (1280.0, 0.14)
        """
        values = moved(self.as_dict(), changes, effect, SHARES)
        return replace(self, **values)

    def as_dict(self) -> dict[str, float]:
        """Return parameter -> value."""
        return {name: getattr(self, name) for name in self.__slots__}
