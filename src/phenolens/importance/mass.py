"""Mass: how much of a map is on nuclei, cytoplasm and background."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, UInt8

from phenolens.masks.compartments import NAMES


def areas(
    labels: UInt8[np.ndarray, "h w"], grid: tuple[int, int]
) -> Float64[np.ndarray, "place a b"]:
    """Return the share of every compartment in each cell of a grid over the image.

    Args:
        labels: Compartment of every pixel.
        grid: Rows and columns; they divide the image.
    """
    a, b = grid
    cells = labels.reshape(a, labels.shape[0] // a, b, labels.shape[1] // b)
    return np.stack([(cells == place).mean(axis=(1, 3)) for place in range(len(NAMES))])


def mass(
    maps: Float[np.ndarray, "a b"], labels: UInt8[np.ndarray, "h w"]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the share of a map's mass on every compartment, and what chance gives: its area.

    Args:
        maps: One map, not negative, above 0 in sum.
        labels: Compartment of every pixel of the image.
    """
    shares = areas(labels, maps.shape)
    whole = maps.astype(np.float64) / maps.sum(dtype=np.float64)
    found = {name: float((whole * shares[i]).sum()) for i, name in enumerate(NAMES)}
    return found, {name: float(shares[i].mean()) for i, name in enumerate(NAMES)}
