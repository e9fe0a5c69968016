"""One field: its cells, what they are made of, and the picture of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt16
from scipy import fft

from phenolens.screens.simulator.actin import actin
from phenolens.screens.simulator.camera import expose
from phenolens.screens.simulator.conditions import Conditions
from phenolens.screens.simulator.moment import Moment
from phenolens.screens.simulator.nuclei import Nuclei, nuclei
from phenolens.screens.simulator.optics import illumination, image_of
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population, populate
from phenolens.screens.simulator.territory import Territory, spread
from phenolens.screens.simulator.tubulin import tubulin

MARGIN = 11.0  # micrometres drawn around the field, so that cells enter it from outside
# Counts of a usual cytoplasm (nucleus) in DNA, tubulin, actin: BBBC021's week 4.
BRIGHTNESS = (4600.0, 2100.0, 5000.0)
# Cells of one focal plane are not at one height: share of spread cells that are above it.
ABOVE = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is there before a microscope sees it, drawn with a margin around the field.

    With times, `moment` has the lives of its cells, in the order of the population.
    """

    phenotype: Phenotype
    population: Population
    territory: Territory
    nuclei: Nuclei
    margin: int
    size: int
    pixel_size: float
    moment: Moment | None = None

    @property
    def window(self) -> slice:
        """The field within the drawn square, along either axis."""
        return slice(self.margin, self.margin + self.size)


def compose(rng: np.random.Generator, phenotype: Phenotype, size: int, pixel_size: float) -> Scene:
    """Return the cells of one field and the ground they cover."""
    drawn = fft.next_fast_len(size + 2 * round(MARGIN / pixel_size), real=True)
    population = populate(rng, phenotype, drawn, pixel_size)
    territory = spread(rng, phenotype, population, drawn, pixel_size)
    chromatin = nuclei(rng, phenotype, population, drawn, pixel_size)
    return Scene(
        phenotype=phenotype,
        population=population,
        territory=territory,
        nuclei=chromatin,
        margin=(drawn - size) // 2,
        size=size,
        pixel_size=pixel_size,
    )


def stains(
    rng: np.random.Generator, scene: Scene
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Return the light of DNA, tubulin and actin over the drawn square: 1 is usual."""
    ground = (scene.territory, scene.nuclei)
    tube = tubulin(rng, scene.phenotype, scene.population, ground, scene.pixel_size)
    fibre = actin(rng, scene.phenotype, scene.population, ground, scene.pixel_size)
    return scene.nuclei.light, tube, fibre


def photograph(
    rng: np.random.Generator, scene: Scene, conditions: Conditions
) -> UInt16[np.ndarray, "3 h w"]:
    """Return the picture of a scene under these conditions: (3, size, size), raw counts."""
    light = list(stains(rng, scene))
    for channel in (1, 2):
        light[channel] = (
            light[channel] + np.float32(conditions.bleed[channel - 1]) * light[channel - 1]
        )
    above = scene.population.tall | (rng.random(len(scene.population)) < ABOVE)
    high = scene.territory.of(above)
    image = np.empty((3, scene.size, scene.size), dtype=np.uint16)
    window = (scene.window, scene.window)
    for channel in range(3):
        whole = light[channel]
        top = whole * high
        seen = image_of(
            whole - top,
            top,
            float(conditions.blur[channel]),
            float(conditions.haze[channel]),
            scene.pixel_size,
        )[window]
        lit = illumination(conditions.field[channel], scene.size)
        counts = seen * lit * np.float32(BRIGHTNESS[channel] * conditions.gain[channel])
        image[channel] = expose(
            rng,
            counts,
            float(conditions.background[channel]),
            float(conditions.photons[channel]),
            conditions.read_noise,
        )
    return image
