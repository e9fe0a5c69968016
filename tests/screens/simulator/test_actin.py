from __future__ import annotations

import numpy as np
from scipy import ndimage

from phenolens.screens.simulator.actin import actin
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.scene import Scene, compose
from phenolens.screens.simulator.streams import Stream, stream


def _light(**changes: float) -> tuple[np.ndarray, Scene]:
    rng = stream(4, Stream.SITE)
    phenotype = Phenotype(**{"mitotic": 0.0, "rounded": 0.0, **changes})
    scene = compose(rng, phenotype, 256, 0.5)
    return actin(rng, phenotype, scene.population, (scene.territory, scene.nuclei), 0.5), scene


def test_actin_is_brightest_at_borders() -> None:
    light, scene = _light()
    inside = scene.territory.inside
    assert light[~inside].sum() == 0
    assert light[inside & (scene.territory.gap < 0.05)].mean() > 1.3 * light[inside].mean()


def test_spots_are_counted_in() -> None:
    def spots(**changes: float) -> int:
        light, scene = _light(**changes)
        smooth = ndimage.gaussian_filter(light, 1.0)
        peak = (smooth == ndimage.maximum_filter(smooth, 5)) & (smooth > 1.6)
        return int((peak & (scene.territory.room > 0.2)).sum())

    assert spots(puncta=60.0, fibres=0.0) > 3 * max(1, spots(puncta=0.0, fibres=0.0))


def test_fibres_run_along_the_cells() -> None:
    fibrous, scene = _light(fibres=60.0, puncta=0.0)
    bare, _ = _light(fibres=0.0, puncta=0.0)
    deep = scene.territory.room > 0.25
    assert fibrous[deep].std() > 1.1 * bare[deep].std()
