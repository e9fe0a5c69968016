"""Importance maps of a lens, and how much of them is on cells and in each channel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn

from phenolens.importance.mass import mass
from phenolens.lenses.frozen import Frozen
from phenolens.masks.compartments import compartments

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

    def maps(self, lens: nn.Module, rows: Int64[np.ndarray, " k"]) -> Float[np.ndarray, "k c s s"]:
        """Return the maps of these tiles."""
        made = []
        for part in self._frozen.batches(rows):
            with torch.inference_mode():
                x = self._frozen.pixels(part)
                made.append(importance(self._reference(x), lens(x)).cpu().numpy() + _LEAST)
        return np.concatenate(made)

    def shares(
        self, maps: Float[np.ndarray, "k c s s"], rows: Int64[np.ndarray, " k"]
    ) -> pd.DataFrame:
        """Return the share of each map's mass, one row per tile.

        Columns `mass_nucleus` and the like, `area_nucleus` (what chance gives), and `channel_DNA`
        and the like, whose sum is 1.
        """
        channels = self._frozen.seen.screen.channels
        found = []
        for one, row in zip(maps.astype(np.float64), rows, strict=True):
            on, area = mass(one.sum(axis=0), self._labels(int(row)))
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

    def _labels(self, row: int) -> UInt8[np.ndarray, "s s"]:
        """Return the compartment of every pixel of a tile."""
        seen, task = self._frozen.seen, self._frozen.task
        raw = seen.screen.read(task.image[[row]])[0]
        whole = torch.from_numpy(compartments(raw, seen.screen.channels))[None, None].float()
        tile: UInt8[np.ndarray, "s s"] = (
            seen.settings.tiles.cut(whole)[0, int(task.tile[row]), 0].numpy().astype(np.uint8)
        )
        return tile
