"""A screen's images as CellProfiler's features: the median over the cells of each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64, Int32, UInt16

from phenolens.classical.measure import measure_objects
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.masks.cells import cells
from phenolens.masks.foreground import nuclear_channel
from phenolens.masks.nuclei import nuclei


def classical_profiles(screen: Screen) -> Profiles:
    """Return one row per image: the median of each feature over its cells.

    Nuclei are found in the channel that stains them, whole cells in the light of the others. Of a
    crop of one cell, the cell nearest to the middle is measured. A feature that is not defined for
    an image, as all are not where no cell is, has its median over all images; one that is defined
    for none is left out.

    Raises:
        InputError: cp_measure is not installed, or no image shows a cell.
    """
    rows, found = [], []
    names: tuple[str, ...] = ()
    for row in range(len(screen)):
        image = screen.read(np.array([row]))[0]
        objects = objects_of(image, screen.channels, only_middle=screen.level == "cell")
        if not objects["Nuclei"].any():
            continue
        names, values = measure_objects(image, screen.channels, objects)
        rows.append(row)
        found.append(_median(values))
    if not found:
        raise InputError("no image shows a nucleus", fix="leave the baseline out")
    measured = np.stack(found)
    known = np.isfinite(measured).any(axis=0)
    features = np.full((len(screen), int(known.sum())), np.nan)
    features[rows] = measured[:, known]
    features = np.where(np.isfinite(features), features, _median(features))
    return Profiles(
        meta=screen.meta,
        features=features.astype(np.float32),
        names=tuple(name for name, keep in zip(names, known, strict=True) if keep),
        provenance=({"step": "cp_measure", "images_without_cells": len(screen) - len(rows)},),
    )


def objects_of(
    image: UInt16[np.ndarray, "c h w"], channels: tuple[str, ...], *, only_middle: bool
) -> Mapping[str, Int32[np.ndarray, "h w"]]:
    """Return the labels of nuclei, and of whole cells where another channel stains them.

    Args:
        image: Counts.
        channels: Their names.
        only_middle: Whether to keep the nucleus nearest to the middle alone.
    """
    at = channels.index(nuclear_channel(channels))
    made = nuclei(image[at])
    others = [i for i in range(len(channels)) if i != at]
    light = image[others].mean(axis=0, dtype=np.float64) if others else None
    whole = {} if light is None else {"Cells": cells(light, made)}
    found = {"Nuclei": made, **whole}
    if not (only_middle and made.any()):
        return found
    places = np.argwhere(made > 0)
    nearest = places[np.argmin(((places - np.array(made.shape) / 2) ** 2).sum(axis=1))]
    label = made[tuple(nearest)]
    return {name: (labels == label).astype(np.int32) for name, labels in found.items()}


def _median(values: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, " k"]:
    """Return the median of each column over what is defined there; NaN where nothing is."""
    finite = np.where(np.isfinite(values), values, np.nan)
    made = np.full(values.shape[1], np.nan)
    some = np.isfinite(finite).any(axis=0)
    made[some] = np.nanmedian(finite[:, some], axis=0)
    return made
