from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.results.contents import Examples, RunContents
from phenolens.two_runs.drawn import maps, pictures
from phenolens.two_runs.gained import changes


def test_both_maps_have_the_same_marks(two: tuple[Path, Path]) -> None:
    one, other = (RunContents.read(folder) for folder in two)
    made = maps(one, other)
    assert made is not None
    drawn, kinds = made
    assert [svg.count('class="point"') for svg in drawn] == [24, 24]
    assert {kind.name: kind.count for kind in kinds} == {f"m{i}": 12 for i in range(4)}
    assert maps(one, replace(other, profiles=None)) is None


def test_only_treatments_that_changed_have_a_picture(two: tuple[Path, Path]) -> None:
    one, other = (RunContents.read(folder) for folder in two)
    found = changes(one, other)
    assert pictures(other, found) == {}
    meta = pd.DataFrame({"treatment": ["c0@1", "c5@1", "c5@1", None]})
    images = np.full((4, 2, 8, 8), 90, dtype=np.uint8)
    shown = replace(other, examples=Examples(images, ("DNA", "Actin"), meta))
    assert list(pictures(shown, found)) == ["c5@1"]
