"""Each mechanism does what its row says, measured on the masks and the light that it makes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from phenolens.screens.simulator.mechanisms import MECHANISMS
from phenolens.screens.simulator.phenotype import SHARES, Phenotype
from phenolens.screens.simulator.population import State
from phenolens.screens.simulator.scene import Scene, compose, stains
from phenolens.screens.simulator.streams import Stream, stream


def _seen(phenotype: Phenotype) -> dict[str, float]:
    """What can be measured of a phenotype, over four fields."""
    found: list[list[float]] = []
    for seed in range(4):
        rng = stream(seed, Stream.SITE, 0)
        scene = compose(rng, phenotype, 224, 0.5)
        _, tubulin, actin = stains(rng, scene)
        found.append([measure(scene, tubulin, actin) for measure in MEASURES.values()])
    return dict(zip(MEASURES, np.mean(found, axis=0).tolist(), strict=True))


def _spread_cells(scene: Scene) -> np.ndarray:
    return np.flatnonzero(scene.population.state == State.INTERPHASE)


def _areas(owner: np.ndarray, cells: np.ndarray) -> float:
    return float(np.median(ndimage.sum_labels(owner >= 0, owner, cells)))


def _share(*states: State) -> Callable[..., float]:
    return lambda scene, *_: float(np.isin(scene.population.state, states).mean())


def _fine(light: np.ndarray, scene: Scene, sigma: float = 1.5) -> float:
    """Relative strength of detail within cells."""
    inside = ndimage.binary_erosion(scene.territory.inside, iterations=5)
    detail = light - ndimage.gaussian_filter(light, sigma)
    return float(detail[inside].std() / light[inside].mean())


def _roughness(scene: Scene, *_: np.ndarray) -> float:
    """Median perimeter squared over area of cells: 12.6 for a disc."""
    values = []
    for cell, place in enumerate(ndimage.find_objects(scene.territory.owner + 1)):
        if place is not None and scene.population.state[cell] == State.INTERPHASE:
            mask = np.pad(scene.territory.owner[place] == cell, 1)
            edge = mask & ~ndimage.binary_erosion(mask)
            values.append(edge.sum() ** 2 / mask.sum())
    return float(np.median(values))


def _border(scene: Scene, _: np.ndarray, actin: np.ndarray) -> float:
    shared = scene.territory.inside & (scene.territory.gap < 0.05)
    return float(np.median(actin[shared]))


def _nucleoli(scene: Scene, *_: np.ndarray) -> float:
    inside = ndimage.binary_erosion(scene.nuclei.owner >= 0, iterations=4)
    light = scene.nuclei.light[inside]
    return float(1 - np.percentile(light, 3) / np.median(light))


MEASURES: dict[str, Callable[..., float]] = {
    "cells": lambda scene, *_: len(scene.population),
    "nucleus": lambda scene, *_: _areas(scene.nuclei.owner, _spread_cells(scene)),
    "cell": lambda scene, *_: _areas(scene.territory.owner, _spread_cells(scene)),
    "several nuclei": lambda scene, *_: float((scene.nuclei.pieces > 1).mean()),
    "dividing": _share(State.MITOTIC, State.MONOPOLAR),
    "monopolar": _share(State.MONOPOLAR),
    "rounded": _share(State.ROUNDED),
    "roughness": _roughness,
    "border": _border,
    "nucleoli": _nucleoli,
    "tubulin detail": lambda scene, tubulin, _: _fine(tubulin, scene),
    "actin detail": lambda scene, _, actin: _fine(actin, scene),
    "fibres": lambda scene, *_: float(scene.population.drawn["fibres"].mean()),
}
UNTREATED = _seen(Phenotype())
# Mechanism -> what must rise (+) or fall (-) against untreated cells.
EXPECTED = {
    "Actin disruptors": ("+several nuclei", "+actin detail", "-cells", "+roughness", "-border"),
    "Aurora kinase inhibitors": ("+nucleus", "+several nuclei", "+cell", "-cells"),
    "Cholesterol-lowering": ("+roughness", "-cell", "-cells"),
    "DNA damage": ("+nucleus", "+cell", "-cells", "+nucleoli", "-dividing"),
    "DNA replication": ("+nucleus", "-cells"),
    "Eg5 inhibitors": ("+dividing", "+monopolar", "-cells"),
    "Epithelial": ("+border", "-cell", "-fibres"),
    "Kinase inhibitors": ("-border", "-fibres", "-cells"),
    "Microtubule destabilizers": ("-tubulin detail", "+dividing", "+several nuclei", "-cells"),
    "Microtubule stabilizers": ("+tubulin detail", "+dividing", "+several nuclei", "-cells"),
    "Protein degradation": ("-nucleus", "+rounded", "-cells"),
    "Protein synthesis": ("-nucleus", "-nucleoli", "-cells"),
    "Chromatin openers": ("+cell", "+nucleus", "-cells"),
    "Myosin inhibitors": ("+roughness", "+several nuclei", "-fibres"),
}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_shows_what_its_row_says(name: str) -> None:
    treated = _seen(Phenotype().changed(MECHANISMS[name]))
    for expected in EXPECTED[name]:
        sign, measure = (1 if expected[0] == "+" else -1), expected[1:]
        assert sign * (treated[measure] - UNTREATED[measure]) > 0.05 * UNTREATED[measure], expected


def test_the_catalogue_is_large_and_its_rows_differ() -> None:
    assert len(MECHANISMS) >= 12
    assert len({frozenset(row.items()) for row in MECHANISMS.values()}) == len(MECHANISMS)
    for row in MECHANISMS.values():
        assert all(0 <= v <= 1 for k, v in row.items() if k in SHARES)
        assert Phenotype().changed(row) != Phenotype()
