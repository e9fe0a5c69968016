"""One field: its cells laid out, and then photographed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt16
from scipy import fft

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.conditions import Conditions
from phenolens.screens.simulator.brightfield.ground import Ground, lay_out
from phenolens.screens.simulator.brightfield.optics import intensity, lamp
from phenolens.screens.simulator.brightfield.phase import phase_map
from phenolens.screens.simulator.brightfield.population import Population, populate
from phenolens.screens.simulator.camera import expose
from phenolens.screens.simulator.moment import Moment

MARGIN = 20.0  # micrometres drawn around the field, so that cells enter it from outside
BARE = 30000.0  # counts of the bare ground: half of the camera's range
OFFSET = 400.0  # counts without light


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is there before a microscope sees it, drawn with a margin around the field.

    With times, `moment` has the lives of its cells, in the order of the population.
    """

    appearance: Appearance
    population: Population
    ground: Ground
    phase: Float32[np.ndarray, "h w"]
    nuclear: Bool[np.ndarray, "h w"]
    margin: int
    size: int
    pixel_size: float
    moment: Moment | None = None

    @property
    def window(self) -> slice:
        """The field within the drawn square, along either axis."""
        return slice(self.margin, self.margin + self.size)


def compose(
    rng: np.random.Generator, appearance: Appearance, size: int, pixel_size: float
) -> Scene:
    """Return the cells of one field, the ground they cover and the phase they add."""
    drawn = fft.next_fast_len(size + 2 * round(MARGIN / pixel_size), real=True)
    population = populate(rng, appearance, drawn, pixel_size)
    ground = lay_out(rng, appearance, population, drawn, pixel_size)
    phase, nuclear = phase_map(rng, appearance, population, ground, pixel_size)
    margin = (drawn - size) // 2
    return Scene(appearance, population, ground, phase, nuclear, margin, size, pixel_size)


def photograph(
    rng: np.random.Generator, scene: Scene, conditions: Conditions
) -> UInt16[np.ndarray, "h w"]:
    """Return the picture of a scene under these conditions: (size, size), raw counts."""
    window = (scene.window, scene.window)
    seen = intensity(
        scene.phase, conditions.focus, conditions.blur, conditions.haze, scene.pixel_size
    )[window]
    light = lamp(conditions.field, conditions.dust, scene.size, scene.pixel_size)
    counts = seen * light * np.float32(BARE * conditions.gain)
    return expose(rng, counts, OFFSET, conditions.photons, conditions.read_noise)
