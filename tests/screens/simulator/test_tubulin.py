from __future__ import annotations

import numpy as np
from scipy import ndimage

from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.scene import compose
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.tubulin import tubulin

QUIET = {"mitotic": 0.0, "rounded": 0.0, "multinucleated": 0.0, "micronucleated": 0.0}


def _light(**changes: float) -> tuple[np.ndarray, np.ndarray]:
    """Tubulin of one field, and which pixels are well inside cells."""
    rng = stream(4, Stream.SITE)
    phenotype = Phenotype(**{**QUIET, **changes})
    scene = compose(rng, phenotype, 256, 0.5)
    light = tubulin(rng, phenotype, scene.population, (scene.territory, scene.nuclei), 0.5)
    return light, scene.territory.inside


def test_tubulin_stays_in_cells() -> None:
    light, inside = _light()
    assert light[~inside].sum() == 0
    assert 0.5 < np.median(light[inside]) < 2.0


def _detail(light: np.ndarray, inside: np.ndarray) -> float:
    fine = light - ndimage.gaussian_filter(light, 2)
    return float(fine[ndimage.binary_erosion(inside, iterations=4)].std())


def test_fewer_filaments_have_less_detail_and_bundles_more() -> None:
    usual = _detail(*_light())
    assert _detail(*_light(filaments=15.0)) < 0.6 * usual
    assert _detail(*_light(bundling=0.9)) > 1.15 * usual


def test_a_dividing_cell_has_bright_poles() -> None:
    light, _ = _light(mitotic=0.6)
    usual, _ = _light()
    bright, plain = (np.percentile(ndimage.gaussian_filter(x, 1), 99.7) for x in (light, usual))
    assert bright > 1.5 * plain
