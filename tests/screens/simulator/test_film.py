from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.synthetic import Synthetic

LAYOUT = Synthetic(
    seed=4, size=96, mechanisms=12, compounds=1, doses=1, batches=1, replicates=1, sites=1,
    times=(0.0,),
)  # fmt: skip


def test_a_scene_has_the_lives_of_its_cells_and_the_picture_shows_them() -> None:
    wells = LAYOUT._all_wells()
    film = LAYOUT._film(next(well for well in wells if well.compound < 0))
    scene = film.scene(1, 30.0, 96, 0.5)
    assert scene.moment is not None
    assert len(scene.population) == len(scene.moment)
    assert scene.phenotype.rounded == pytest.approx(np.mean(~scene.moment.alive))
    picture = film.picture(1, 30.0, 96, 0.5).astype(float)
    assert picture.shape == (3, 96, 96)
    window = (scene.window, scene.window)
    inside = scene.territory.inside[window]
    assert picture[1][inside].mean() > 1.5 * picture[1][~inside].mean()
