from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.results import pictures
from phenolens.results.contents import Examples
from phenolens.results.pictures import chosen, first_pictures


@pytest.fixture
def examples() -> Examples:
    meta = pd.DataFrame({"treatment": ["b@0.01", "DMSO", "b@0.003", "b@0.01", "c@1"]})
    return Examples(np.zeros((5, 1, 4, 4), dtype=np.uint8), ("DNA",), meta)


def test_the_first_picture_of_a_treatment_is_its_thumbnail(examples: Examples) -> None:
    assert first_pictures(examples) == {"DMSO": 1, "c@1": 4, "b@0.003": 2, "b@0.01": 0}
    assert first_pictures(None) == {}


def test_of_too_many_the_first_of_each_treatment_are_kept(
    examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen(examples) == [0, 1, 2, 3, 4]
    monkeypatch.setattr(pictures, "MOST", 4)
    assert chosen(examples) == [0, 1, 2, 4]
    assert first_pictures(examples)["c@1"] == 3


def test_of_a_screen_without_treatments_the_first_of_each_well(
    examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of it could not be written: phenotypes that are classified need no treatments."""
    wells = examples.meta.rename(columns={"treatment": "well"})
    untreated = Examples(examples.images, examples.channels, wells)
    monkeypatch.setattr(pictures, "MOST", 4)
    assert chosen(untreated) == [0, 1, 2, 4]
    assert first_pictures(untreated) == {}


def test_a_scale_bar_is_round_and_of_its_share() -> None:
    bar = pictures.scale_bar(1.24, 128)
    assert bar.micrometres == 50
    assert bar.percent == pytest.approx(100 * 50 / (1.24 * 128))
    assert pictures.scale_bar(0.0, 128) == pictures.scale_bar(float("nan"), 128)
    assert pictures.scale_bar(0.0, 128).percent == 0
