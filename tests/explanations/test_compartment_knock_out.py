"""A drug that changes the light of nuclei alone is found there; one of the background, there."""

from __future__ import annotations

import numpy as np
import pytest
from tests.explanations.conftest import cell_screen, subject_of

from phenolens.core.screen import Screen
from phenolens.explanations.compartment_knock_out import CompartmentKnockOut
from phenolens.masks.compartments import BACKGROUND, CYTOPLASM, NUCLEUS, compartments

SIDE = 48


def drawn(place: int) -> Screen:
    return cell_screen(place, SIDE, 18, 1.25, 0.03)


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
