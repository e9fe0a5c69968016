from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.brightfield import Brightfield

LAYOUT = Brightfield(
    seed=4, size=96, cell_lines=1, lines_per_batch=1, batches=1, mechanisms=13, compounds=1,
    sites=1, times=(0.0,),
)  # fmt: skip
FILMS = [LAYOUT._film(well) for well in LAYOUT._all_wells()]


def test_a_scene_has_the_lives_of_its_cells_and_debris_that_stays() -> None:
    film = next(f for f in FILMS if f.drug and f.drug.moa == "BH3 mimetics")
    one, two = (film.scene(1, h, 96, 1.24) for h in (48.0, 49.0))
    assert one.moment is not None
    assert len(one.population) == len(one.moment)
    assert one.appearance.dying == pytest.approx(np.mean(~one.moment.alive))
    assert one.appearance.dying > 0.2
    # The bare ground with its bits looks the same an hour later.
    bare = (one.ground.owner < 0) & (two.ground.owner < 0)
    assert np.corrcoef(one.phase[bare], two.phase[bare])[0, 1] > 0.5


def test_a_picture_is_that_of_its_scene() -> None:
    picture = FILMS[0].picture(1, 24.0, 96, 1.24)
    assert picture.shape == (96, 96)
    assert picture.dtype == np.uint16
    np.testing.assert_array_equal(picture, FILMS[0].picture(1, 24.0, 96, 1.24))
    assert (picture != FILMS[0].picture(1, 24.5, 96, 1.24)).any()
