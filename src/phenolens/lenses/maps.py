"""Importance maps of a lens, and how much of them is on cells and in each channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn

from phenolens.hiding.fills import tile_masks
from phenolens.importance.mass import mass
from phenolens.lenses.frozen import Frozen

_POWER = 1.5
_LEAST = 1e-12  # added to every pixel: a lens that changes nothing has a flat map


def importance(
    reconstructed: Float[Tensor, "n c s s"], lensed: Float[Tensor, "n c s s"]
) -> Float[Tensor, "n c s s"]:
    """Return |reconstruction - lens|^1.5 of every pixel (Dmitrenko et al. 2022).

    Args:
        reconstructed: What the extractor's own autoencoder makes of the images.
        lensed: What the lens makes of them.
    """
    return (reconstructed - lensed).abs() ** _POWER


class Mapper:
    """Maps of a task's tiles.

    Args:
        frozen: The tiles.
        reference: What the lens is compared with: the extractor's autoencoder.
    """

    def __init__(self, frozen: Frozen, reference: nn.Module) -> None:
        self._frozen, self._reference = frozen, reference

    def maps(
        self, lenses: Sequence[nn.Module], rows: Int64[np.ndarray, " k"]
    ) -> list[Float[np.ndarray, "k c s s"]]:
        """Return the maps of these tiles for each lens; pixels are read once for all."""
        made: list[list[np.ndarray]] = [[] for _ in lenses]
        for part in self._frozen.batches(rows):
            with torch.inference_mode():
                x = self._frozen.pixels(part)
                plain = self._reference(x)
                for maps, lens in zip(made, lenses, strict=True):
                    maps.append(importance(plain, lens(x)).cpu().numpy() + _LEAST)
        return [np.concatenate(maps) for maps in made]

    def labels(self, rows: Int64[np.ndarray, " k"]) -> UInt8[np.ndarray, "k s s"]:
        """Return the compartment of every pixel of these tiles."""
        task = self._frozen.task
        tiles = tile_masks(self._frozen.seen, task.image[rows])
        return tiles[np.arange(len(rows)), task.tile[rows]]

    def shares(
        self, maps: Float[np.ndarray, "k c s s"], labels: UInt8[np.ndarray, "k s s"]
    ) -> pd.DataFrame:
        """Return the share of each map's mass, one row per tile.

        Columns `mass_nucleus` and the like, `area_nucleus` (what chance gives), and `channel_DNA`
        and the like, whose sum is 1.
        """
        channels = self._frozen.seen.screen.channels
        found = []
        for one, at in zip(maps.astype(np.float64), labels, strict=True):
            on, area = mass(one.sum(axis=0), at)
            light = one.sum(axis=(1, 2)) / one.sum()
            found.append(
                {f"mass_{name}": value for name, value in on.items()}
                | {f"area_{name}": value for name, value in area.items()}
                | {
                    f"channel_{name}": float(value)
                    for name, value in zip(channels, light, strict=True)
                }
            )
        return pd.DataFrame(found)
