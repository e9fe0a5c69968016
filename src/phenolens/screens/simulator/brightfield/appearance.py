"""The named parameters of how cells look in transmitted light; line and drug change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from phenolens.screens.simulator.changes import HIGHEST_SHARE, moved

# Parameters that are shares of something, in [0, 1]; the others are positive amounts.
SHARES = frozenset({"clustering", "rounded", "mitotic", "dying", "multinucleated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """How the cells of one well look on average at one moment.

    All that a picture shows of the cells follows from these numbers, so another moment is another
    `Appearance`. Lengths are in micrometres, phases in radians, shares in [0, 1].

    Attributes:
        density: Cells per 1000 square micrometres of ground.
        clustering: Share of cells that settle next to another cell.
        cell_area: Area that a spread cell takes where neighbours leave it room.
        elongation: Long over short axis of a cell.
        irregularity: Relative amplitude of the cell outline.
        protrusion: Relative length of the processes by which a cell holds on.
        thickness: Phase of the cell body over the nucleus; a flatter cell has less.
        lamella: Thickness of the thin rim of the cell relative to its body.
        ruffles: Phase of the folds along free edges.
        texture: Relative contrast of the cytoplasm's fine texture.
        nucleus_area: Area of one nucleus.
        nucleus: Phase by which the nucleus differs from the cytoplasm over and under it.
        nucleoli: Nucleoli per nucleus.
        granules: Granules and mitochondria per cell: small, dark, around the nucleus.
        vacuoles: Vacuoles per cell: watery, so brighter than the cytoplasm.
        droplets: Lipid droplets per cell: strongly refractive, so bright.
        multinucleated: Share of cells with two or three nuclei.
        rounded: Share of living cells that are not spread.
        mitotic: Share of cells in mitosis: round, smooth, with a bar of chromosomes.
        dying: Share of dead and dying cells: small, round, grainy, in pieces.
        blebs: Blebs and apoptotic bodies per dying cell.
        debris: Bits on the ground per 10,000 square micrometres.
    """

    density: float = 1.0
    clustering: float = 0.6
    cell_area: float = 520.0
    elongation: float = 1.4
    irregularity: float = 0.08
    protrusion: float = 0.4
    thickness: float = 1.1
    lamella: float = 0.35
    ruffles: float = 0.35
    texture: float = 0.20
    nucleus_area: float = 120.0
    nucleus: float = 0.35
    nucleoli: float = 2.2
    granules: float = 16.0
    vacuoles: float = 0.6
    droplets: float = 0.8
    multinucleated: float = 0.04
    rounded: float = 0.05
    mitotic: float = 0.04
    dying: float = 0.035
    blebs: float = 2.5
    debris: float = 1.5

    def changed(self, changes: Mapping[str, float], effect: float = 1.0) -> Appearance:
        """Return the appearance after a share of the changes has happened.

        Args:
            changes: Parameter -> the factor it is multiplied by at full effect; for the shares
                (`SHARES`) the value it reaches at full effect.
            effect: 0 leaves everything as it is, 1 is the full change.

        Raises:
            InputError: A change names no parameter.

        Example:
            >>> cells = Appearance(cell_area=500.0, dying=0.1)
            >>> half = cells.changed({"cell_area": 4.0, "dying": 0.5}, effect=0.5)
            >>> half.cell_area, round(half.dying, 2)
            (1000.0, 0.3)
        """
        return replace(self, **moved(self.as_dict(), changes, effect, SHARES))

    def scaled(self, factors: Mapping[str, float]) -> Appearance:
        """Return the appearance with these parameters multiplied; a share stays one.

        Example:
            >>> Appearance(dying=0.02).scaled({"dying": 3.0}).dying
            0.06
        """
        now = self.as_dict()
        values = {name: now[name] * factor for name, factor in factors.items()}
        shares = {name: min(values[name], HIGHEST_SHARE) for name in values if name in SHARES}
        return replace(self, **(values | shares))

    def as_dict(self) -> dict[str, float]:
        """Return parameter -> value."""
        return {name: getattr(self, name) for name in self.__slots__}
