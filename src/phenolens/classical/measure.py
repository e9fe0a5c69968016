"""CellProfiler's measurements of the objects of one image, through cp_measure."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float64, Int32, UInt16

from phenolens.classical.names import feature_name, pair_name
from phenolens.core.extras import import_extra

# cp_measure's function -> CellProfiler's category.
_SHAPES = {"sizeshape": "AreaShape", "zernike": "AreaShape", "feret": "AreaShape"}
_LIGHT = {
    "intensity": "Intensity",
    "texture": "Texture",
    "granularity": "Granularity",
    "radial_distribution": "RadialDistribution",
    "radial_zernikes": "RadialDistribution",
}
_PAIRS = ("pearson", "manders_fold", "rwc")
_FULL = 65535.0  # CellProfiler measures counts of 16 bits as 0 to 1
Objects = Mapping[str, Int32[np.ndarray, "h w"]]


def library() -> Any:
    """Return cp_measure's functions.

    Raises:
        InputError: It is not installed.
    """
    return import_extra("cp_measure.bulk", needed_by="CellProfiler's features", extra="classical")


def measure_objects(
    image: UInt16[np.ndarray, "c h w"], channels: Sequence[str], objects: Objects
) -> tuple[tuple[str, ...], Float64[np.ndarray, "n k"]]:
    """Return the names of the features, and their values: one row per object.

    Size and shape (with Zernike moments and Feret diameters) of each compartment, of each channel
    intensity, texture (scale 3), granularity, radial distribution and its Zernike moments, and of
    each pair of channels correlation, Manders' coefficients and RWC.

    Args:
        image: Counts.
        channels: Their names.
        objects: Compartment -> labels 1..n, the same cells under the same labels.

    Raises:
        InputError: cp_measure is not installed.
    """
    columns: dict[str, np.ndarray] = {}
    light = image.astype(np.float64) / _FULL
    with warnings.catch_warnings():  # of cp_measure, where a feature of an object is not defined
        warnings.simplefilter("ignore")
        for compartment, labels in objects.items():
            for name, values in _measured(light, channels, compartment, labels):
                if name is not None:
                    columns[name] = np.asarray(values, dtype=np.float64)
    return tuple(columns), np.stack(list(columns.values()), axis=1)


def _measured(
    light: Float64[np.ndarray, "c h w"],
    channels: Sequence[str],
    compartment: str,
    labels: Int32[np.ndarray, "h w"],
) -> Iterator[tuple[str | None, Any]]:
    """Yield the name and the values of every feature of one compartment."""
    single = library().get_core_measurements(legacy=True)
    for function, module in _SHAPES.items():
        for key, values in single[function](labels, light[0]).items():
            yield feature_name(compartment, module, key), values
    for plane, channel in zip(light, channels, strict=True):
        for function, module in _LIGHT.items():
            for key, values in single[function](labels, plane).items():
                yield feature_name(compartment, module, key, channel), values
    yield from _of_pairs(light, channels, compartment, labels)


def _of_pairs(
    light: Float64[np.ndarray, "c h w"],
    channels: Sequence[str],
    compartment: str,
    labels: Int32[np.ndarray, "h w"],
) -> Iterator[tuple[str | None, Any]]:
    """Yield the name and the values of every feature of two channels of one compartment."""
    double = library().get_correlation_measurements()
    for one, two in combinations(range(len(channels)), 2):
        for function in _PAIRS:
            for key, values in double[function](light[one], light[two], labels).items():
                yield pair_name(compartment, key, channels[one], channels[two]), values
