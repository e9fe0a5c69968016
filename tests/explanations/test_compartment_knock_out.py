"""A drug that changes the light of nuclei alone is found there; one of the background, there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.explanations.conftest import channel_screen, subject_of

from phenolens.core.screen import Screen
from phenolens.explanations.compartment_knock_out import CompartmentKnockOut
from phenolens.masks.compartments import BACKGROUND, CYTOPLASM, NUCLEUS, compartments

SIDE = 48


def drawn(place: int) -> Screen:
    """Return one cell per image; the drug makes one compartment brighter in both channels."""
    one = channel_screen()
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    where = np.zeros((SIDE, SIDE), dtype=int)
    where[x**2 + y**2 < 18**2] = CYTOPLASM
    where[x**2 + y**2 < 9**2] = NUCLEUS
    light = np.array([[200.0, 250.0, 6000.0], [200.0, 4000.0, 4000.0]])  # channel, compartment
    rng = np.random.default_rng(2)
    pixels = np.stack([light[:, where]] * len(one.meta))
    drug = (one.meta["treatment"] == "actin drug").to_numpy()
    pixels[np.ix_(drug, [0, 1])] *= np.where(where == place, 1.25, 1.0)
    pixels *= rng.normal(1, 0.03, size=(len(pixels), 2, 1, 1))
    made = rng.poisson(pixels).astype(np.uint16)
    rule = replace(one.rescale, high=8000) if one.rescale else None
    return replace(one, read=lambda rows: made[rows], size=(SIDE, SIDE), rescale=rule)


def test_the_compartments_are_those_drawn() -> None:
    screen = drawn(NUCLEUS)
    found = compartments(screen.read(np.array([0]))[0], screen.channels)
    assert found[SIDE // 2, SIDE // 2] == NUCLEUS
    assert found[SIDE // 2, SIDE // 2 + 14] == CYTOPLASM
    assert found[0, 0] == BACKGROUND


@pytest.mark.parametrize("place", [NUCLEUS, CYTOPLASM])
def test_the_planted_compartment_carries_the_call(place: int) -> None:
    made = CompartmentKnockOut(most=99)(subject_of(drawn(place)))
    rows = made.rows[made.rows["treatment"] == "actin drug"].set_index("compartment")["lost"]
    planted = ("background", "cytoplasm", "nucleus")[place]
    assert rows[planted] > 0.85
    assert rows.drop(planted).abs().max() < 0.5
    assert made.trusted
