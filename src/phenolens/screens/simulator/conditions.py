"""Batch effects: what the week, the plate, the well and the site do to cells and picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from phenolens.screens.simulator.design import Well, edge_distance
from phenolens.screens.simulator.streams import Stream, stream

Three = Float[np.ndarray, " 3"]

# Standard deviation of the log gain of (batch, plate, well).
GAIN = (0.30, 0.12, 0.08)
# Batch drift of the culture itself: log standard deviation of parameters.
CULTURE: Mapping[str, float] = {
    "density": 0.16, "cell_area": 0.07, "nucleus_area": 0.05, "elongation": 0.05,
    "fibres": 0.18, "puncta": 0.25, "filaments": 0.10, "soluble_tubulin": 0.22,
    "diffuse_actin": 0.15, "cortex": 0.12, "ruffles": 0.15, "chromatin_contrast": 0.12,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What acts on one image besides its treatment. Channels: DNA, tubulin, actin.

    Attributes:
        culture: Phenotype parameter -> factor: seeding density, passage, staining quality.
        gain: Brightness of a channel.
        background: Camera offset and medium, counts.
        photons: Photons a count: few of them make a noisy picture.
        read_noise: Counts.
        blur: Width of the focus, micrometres.
        haze: Share of light that arrives from out of focus.
        bleed: Share of a channel that shows in the next one (DNA in tubulin, tubulin in actin).
        field: Illumination: per channel the slopes along y and x and the fall towards the rim.
    """

    culture: Mapping[str, float]
    gain: Three
    background: Three
    photons: Three
    read_noise: float
    blur: Three
    haze: Three
    bleed: Float[np.ndarray, " 2"]
    field: Float[np.ndarray, "3 3"]


def conditions(seed: int, well: Well, site: int, strength: float) -> Conditions:
    """Return the conditions of one image.

    Each level (batch, plate, well, site) has its own stream, so images of one plate share
    what a plate shares.

    Args:
        seed: Of the screen.
        well: Where the image was taken.
        site: Which field of the well.
        strength: 0 no batch effect, 1 what real screens have; scales every deviation.
    """
    batch = stream(seed, Stream.BATCH, well.batch)
    plate = stream(seed, Stream.PLATE, well.plate)
    spot = stream(seed, Stream.WELL, well.plate, well.place)
    view = stream(seed, Stream.SITE, well.plate, well.place, site, 1)
    focus = 0.24 * batch.standard_normal() + 0.14 * plate.standard_normal()
    row, column = edge_distance(well.place)
    tilt = plate.normal(0, 0.05, (2, 3))  # stain dispensed unevenly along rows and columns
    position = tilt[0] * row + tilt[1] * column
    culture = _culture(batch, plate, spot, strength, max(abs(row), abs(column)))
    # A site may be out of focus whatever the batch: autofocus errs.
    focus = strength * (focus + 0.16 * abs(view.standard_normal()))
    rim = np.abs(batch.normal(0.18, 0.08, 3))
    slopes = batch.normal(0, 0.07, (3, 2)) + plate.normal(0, 0.02, (3, 2))
    log_gain = GAIN[0] * batch.standard_normal(3) + GAIN[1] * plate.standard_normal(3)
    log_gain += GAIN[2] * spot.standard_normal(3) + position
    return Conditions(
        culture=culture,
        gain=np.exp(strength * log_gain),
        background=np.array([780.0, 620.0, 660.0])
        * np.exp(strength * (batch.normal(0, 0.10, 3) + plate.normal(0, 0.04, 3))),
        photons=np.array([0.20, 0.45, 0.30]) * np.exp(strength * batch.normal(0, 0.25, 3)),
        read_noise=float(20.0 * np.exp(strength * batch.normal(0, 0.15))),
        blur=np.array([0.36, 0.34, 0.34]) * np.exp(focus + strength * batch.normal(0, 0.08, 3)),
        haze=np.clip(0.22 * np.exp(strength * batch.normal(0, 0.30, 3) + 0.5 * focus), 0.05, 0.6),
        bleed=np.clip(0.02 + strength * np.abs(batch.normal(0, 0.03, 2)), 0, 0.15),
        field=np.column_stack([strength * slopes, strength * rim]),
    )


def potency(seed: int, well: Well, strength: float) -> float:
    """Return how strongly a compound acts in this batch: stocks age, cells differ."""
    if well.compound < 0:
        return 1.0
    rng = stream(seed, Stream.POTENCY, well.batch, well.compound)
    return float(np.exp(strength * 0.18 * rng.standard_normal()))


def _culture(
    batch: np.random.Generator,
    plate: np.random.Generator,
    spot: np.random.Generator,
    strength: float,
    rim: float,
) -> dict[str, float]:
    """Return parameter -> factor: the culture of the week, the plate's and the well's seeding."""
    drift = dict(zip(CULTURE, batch.standard_normal(len(CULTURE)), strict=True))
    log = {name: CULTURE[name] * drift[name] for name in CULTURE}
    # Wells towards the rim dry out: fewer cells there.
    log["density"] += plate.normal(0, 0.06) + spot.normal(0, 0.10) - 0.10 * max(0.0, rim - 0.7)
    return {name: float(np.exp(strength * value)) for name, value in log.items()}
