"""What batch, plate, well and site do to the cells and to the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from phenolens.screens.simulator.brightfield.design import Well, edge_distance
from phenolens.screens.simulator.streams import Stream, stream

# Log standard deviation of a parameter between (batches, plates, wells, sites). Wells differ
# without any treatment: in seeding, confluence, and how many cells died on the way.
CULTURE: Mapping[str, tuple[float, float, float, float]] = {
    "density": (0.15, 0.10, 0.30, 0.12), "clustering": (0.05, 0.0, 0.08, 0.06),
    "cell_area": (0.07, 0.03, 0.06, 0.03), "elongation": (0.04, 0.0, 0.03, 0.03),
    "protrusion": (0.10, 0.0, 0.10, 0.05), "thickness": (0.08, 0.04, 0.05, 0.02),
    "lamella": (0.06, 0.0, 0.05, 0.0), "ruffles": (0.15, 0.0, 0.08, 0.05),
    "texture": (0.12, 0.04, 0.05, 0.0), "granules": (0.16, 0.04, 0.08, 0.0),
    "vacuoles": (0.25, 0.10, 0.20, 0.0), "droplets": (0.25, 0.10, 0.20, 0.0),
    "rounded": (0.15, 0.08, 0.25, 0.10), "dying": (0.25, 0.10, 0.35, 0.15),
    "debris": (0.30, 0.15, 0.30, 0.20), "blebs": (0.10, 0.0, 0.10, 0.0),
}  # fmt: skip
FOCUS = (1.6, 0.8, 0.9, 0.7)  # micrometres, of batches, plates, wells, sites
USUAL_FOCUS = 5.0  # micrometres above the ground: cells are sharp and have contrast
USUAL_PHOTONS = 2.0  # per count
DUST = (2.0, 1.0)  # specks in the light path of a batch, and added for a plate


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What acts on one image, other than its treatment.

    Attributes:
        culture: Parameter of `Appearance` -> factor: seeding, passage, medium.
        gain: Brightness of the lamp, relative.
        field: Illumination: slopes along y and x (lamp and meniscus), fall towards the rim.
        focus: Height of the focal plane above the ground, micrometres.
        blur: Width of a point in focus, micrometres.
        haze: Share of light that arrives scattered: it lowers the contrast.
        photons: Photons per count.
        read_noise: Counts.
        dust: Per speck out of focus in the light path: y and x in [0, 1] of the field, radius in
            micrometres, depth relative to the light.
    """

    culture: Mapping[str, float]
    gain: float
    field: Float[np.ndarray, " 3"]
    focus: float
    blur: float
    haze: float
    photons: float
    read_noise: float
    dust: Float[np.ndarray, "k 4"]


def conditions(seed: int, well: Well, site: int, strength: float) -> Conditions:
    """Return the conditions of one image.

    Each level (batch, plate, well, site) has its own stream. Natural variation of wells and sites
    in seeding and focus is part of the assay: `strength` scales the batch and plate levels and
    everything optical, not the wells' own.

    Args:
        seed: Of the screen.
        well: Where the image was taken.
        site: Which field of the well.
        strength: 0 no batch effect, 1 what real screens have.
    """
    batch = stream(seed, Stream.BATCH, well.batch)
    plate = stream(seed, Stream.PLATE, well.plate)
    spot = stream(seed, Stream.WELL, well.plate, well.place)
    view = stream(seed, Stream.SITE, well.plate, well.place, site, 1)
    levels = (batch, plate, spot, view)
    scale = np.array([strength, strength, 1.0, 1.0])
    row, column = edge_distance(well.place)
    culture = _culture(levels, scale, max(abs(row), abs(column)), strength)
    focus = float(np.dot(scale, [s * g.standard_normal() for s, g in zip(FOCUS, levels)]))  # noqa: B905
    slopes = batch.normal(0, 0.05, 2) + plate.normal(0, 0.015, 2) + spot.normal(0, 0.025, 2)
    fall = abs(batch.normal(0.08, 0.05))
    log_gain = 0.14 * batch.standard_normal() + 0.04 * plate.standard_normal()
    log_gain += 0.025 * spot.standard_normal() + plate.normal(0, 0.02) * column
    haze = 0.10 * np.exp(strength * (batch.normal(0, 0.4) + plate.normal(0, 0.15)))
    blur = 0.50 * np.exp(strength * batch.normal(0, 0.10))
    photons = USUAL_PHOTONS * np.exp(strength * batch.normal(0, 0.3))
    read_noise = 40.0 * np.exp(strength * batch.normal(0, 0.15))
    dust = np.concatenate([_dust(g, count) for g, count in zip((batch, plate), DUST, strict=True)])
    dust[:, 3] *= strength
    return Conditions(
        culture=culture,
        gain=float(np.exp(strength * log_gain)),
        field=strength * np.array([*slopes, fall]),
        focus=USUAL_FOCUS + focus,
        blur=float(blur),
        haze=float(min(haze, 0.6)),
        photons=float(photons),
        read_noise=float(read_noise),
        dust=dust,
    )


def potency(seed: int, well: Well, strength: float) -> float:
    """Return the factor of a drug's effect in this batch: stocks age."""
    rng = stream(seed, Stream.POTENCY, well.batch, max(well.drug, 0))
    return float(np.exp(strength * rng.normal(0, 0.10)))


def _culture(
    levels: tuple[np.random.Generator, ...],
    scale: Float[np.ndarray, " 4"],
    rim: float,
    strength: float,
) -> dict[str, float]:
    """Return parameter -> factor; towards the rim of the plate wells dry out: fewer cells."""
    draws = np.array([rng.standard_normal(len(CULTURE)) for rng in levels])
    spread = np.array(list(CULTURE.values())).T * scale[:, None]
    log = dict(zip(CULTURE, (draws * spread).sum(0).tolist(), strict=True))
    log["density"] -= 0.2 * strength * max(0.0, rim - 0.8)
    return {name: float(np.exp(value)) for name, value in log.items()}


def _dust(rng: np.random.Generator, mean: float) -> Float[np.ndarray, "k 4"]:
    """Draw the specks of one level."""
    count = int(rng.poisson(mean))
    return np.column_stack(
        [rng.random((count, 2)), rng.uniform(4, 14, count), rng.uniform(0.02, 0.09, count)]
    )
