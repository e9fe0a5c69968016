from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.results import pictures
from phenolens.results.contents import Examples, RunContents
from phenolens.results.limits import Limits
from phenolens.results.pictures import chosen, first_pictures


@pytest.fixture
def examples() -> Examples:
    meta = pd.DataFrame({"treatment": ["b@0.01", "DMSO", "b@0.003", "b@0.01", "c@1"]})
    return Examples(np.zeros((5, 1, 4, 4), dtype=np.uint8), ("DNA",), meta)


@pytest.fixture
def run_with(run_folder: Path) -> Callable[..., RunContents]:
    run = RunContents.read(run_folder)
    return lambda kept, most=2000: replace(
        run, examples=kept, limits=Limits(pictures=most, in_parts=most)
    )


def test_they_are_in_the_order_of_the_gallery(examples: Examples) -> None:
    assert chosen(examples) == [1, 2, 0, 3, 4], "controls first, doses rise"
    moa = examples.meta.assign(moa=["z", None, "z", "z", "a"])
    assert chosen(Examples(examples.images, examples.channels, moa)) == [1, 4, 2, 0, 3]


def test_the_first_picture_of_a_treatment_is_its_thumbnail(
    examples: Examples, run_with: Callable[..., RunContents]
) -> None:
    first = first_pictures(run_with(examples))
    assert first == {"DMSO": 0, "b@0.003": 1, "b@0.01": 2, "c@1": 4}
    assert first_pictures(run_with(None)) == {}


def test_of_too_many_the_first_of_each_treatment_are_kept(
    examples: Examples, run_with: Callable[..., RunContents]
) -> None:
    assert chosen(examples, 4) == [1, 2, 0, 4]
    assert first_pictures(run_with(examples, 4))["c@1"] == 3


def test_of_a_screen_without_treatments_the_first_of_each_well(
    examples: Examples, run_with: Callable[..., RunContents]
) -> None:
    """A page of it could not be written: phenotypes that are classified need no treatments."""
    wells = examples.meta.rename(columns={"treatment": "well"})
    untreated = Examples(examples.images, examples.channels, wells)
    assert chosen(untreated, 4) == [0, 1, 2, 4]
    assert first_pictures(run_with(untreated, 4)) == {}


def test_a_scale_bar_is_round_and_of_its_share() -> None:
    bar = pictures.scale_bar(1.24, 128)
    assert bar.micrometres == 50
    assert bar.percent == pytest.approx(100 * 50 / (1.24 * 128))
    assert pictures.scale_bar(0.0, 128) == pictures.scale_bar(float("nan"), 128)
    assert pictures.scale_bar(0.0, 128).percent == 0
