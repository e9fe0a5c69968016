from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.ground import Ground, lay_out
from phenolens.screens.simulator.brightfield.phase import phase_map
from phenolens.screens.simulator.brightfield.population import Population, populate
from phenolens.screens.simulator.streams import Stream, stream

SIZE, PIXEL = 160, 1.24
PLAIN = Appearance(
    granules=0.0, vacuoles=0.0, droplets=0.0, nucleoli=0.0, nucleus=0.0, debris=0.0,
    dying=0.0, mitotic=0.0, rounded=0.0, ruffles=0.0, texture=0.0,
)  # fmt: skip


def _field(appearance: Appearance) -> tuple[np.ndarray, np.ndarray, Population, Ground]:
    cells = populate(stream(0, Stream.SITE), appearance, SIZE, PIXEL)
    ground = lay_out(stream(1, Stream.SITE), appearance, cells, SIZE, PIXEL)
    phase, nuclear = phase_map(stream(2, Stream.SITE), appearance, cells, ground, PIXEL)
    return phase, nuclear, cells, ground


def test_plain_cells_rise_from_the_ground_to_their_thickness() -> None:
    phase, nuclear, cells, ground = _field(PLAIN)
    assert phase.dtype == np.float32
    near = ndimage.maximum_filter(ground.territory.inside, 7)
    assert not phase[~near].any()
    assert 0 < phase.max() <= cells.drawn["thickness"].max()
    assert phase[nuclear].mean() > 1.3 * phase[ground.territory.inside & ~nuclear].mean()
    assert (ground.owner[nuclear] >= 0).all()


def test_organelles_change_the_phase_as_their_density_says() -> None:
    base = _field(PLAIN)[0]
    for name, value, sign in (
        ("granules", 40.0, 1), ("droplets", 8.0, 1), ("nucleoli", 4.0, 1), ("debris", 30.0, 1),
        ("vacuoles", 20.0, -1), ("nucleus", 0.4, -1),
    ):  # fmt: skip
        change = _field(replace(PLAIN, **{name: value}))[0] - base
        assert sign * change.mean() > 1e-4, name
        assert (sign * change >= -1e-4).all(), name


def test_debris_and_blebs_are_outside_of_the_cells_too() -> None:
    phase, _, _, ground = _field(replace(PLAIN, debris=40.0))
    assert (phase[ground.owner < 0] > 0.2).any()
    few, many = (_field(replace(PLAIN, dying=0.5, blebs=blebs))[0].sum() for blebs in (0.0, 8.0))
    assert many > few
