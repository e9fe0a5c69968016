"""Nuclei that become tiny are measured, and the option that keeps them larger is named."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.auto.choice import Choice
from phenolens.auto.nuclei import diameter_of_nuclei, with_nuclei
from phenolens.core.screen import Screen

SIZE = Choice("size", "resized by 0.25", "a side of 200 pixels")


def fields(diameter: float, *channels: str) -> Screen:
    """Return six fields of 25 bright disks of a known diameter in the last channel."""
    y, x = np.mgrid[:200, :200]
    disks = np.hypot(y % 40 - 20, x % 40 - 20) <= diameter / 2
    rng = np.random.default_rng(0)
    images = rng.poisson(300, (6, len(channels), 200, 200)).astype(np.uint16)
    images[:, -1] += (3000 * disks).astype(np.uint16)
    meta = pd.DataFrame({"plate": "p", "well": [f"A{i:02d}" for i in range(6)]})
    return Screen(meta=meta, channels=channels, read=lambda rows: images[rows], size=(200, 200))


@pytest.mark.parametrize("diameter", [14, 20])
def test_the_diameter_is_that_of_planted_disks(diameter: int) -> None:
    """Blur and the trimming to the bright core move the edge by less than a pixel."""
    assert diameter_of_nuclei(fields(diameter, "ER", "DNA")) == pytest.approx(diameter, abs=1)


def test_tiny_nuclei_are_named_with_the_option() -> None:
    screen = fields(20, "ER", "Hoechst")
    steps: list[dict[str, Any]] = [{"step": "flag_quality"}, {"step": "resize", "factor": 0.25}]
    (made,) = with_nuclei([SIZE], screen, steps)
    assert "nuclei are then 5.1 pixels wide (20 as they are)" in made.reason
    assert "--recipe-set pixels.resize.factor=0.59" in made.reason
    steps[1]["factor"] = 0.6
    assert with_nuclei([SIZE], screen, steps) == [SIZE]


def test_nothing_is_said_where_nuclei_are_not_stained_or_not_resized() -> None:
    assert math.isnan(diameter_of_nuclei(fields(20, "ER", "AGP")))
    step = {"step": "resize", "factor": 0.25}
    assert with_nuclei([SIZE], fields(20, "ER", "AGP"), [step]) == [SIZE]
    assert with_nuclei([SIZE], fields(20, "DNA"), []) == [SIZE]
    assert with_nuclei([], fields(20, "DNA"), [step]) == []
