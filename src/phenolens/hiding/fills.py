"""Masks of images, and the light that each of their parts has in the controls of the plate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64, UInt8

from phenolens.embedding.seen import Seen
from phenolens.masks.compartments import NAMES, compartments

Masks = Mapping[int, UInt8[np.ndarray, "h w"]]


def masks_of(seen: Seen, images: Int64[np.ndarray, " k"]) -> dict[int, UInt8[np.ndarray, "h w"]]:
    """Return the compartments of each image (places in `masks.compartments.NAMES`), by its row."""
    screen = seen.screen
    return {
        int(row): compartments(screen.read(np.array([row]))[0], screen.channels) for row in images
    }


def tile_masks(seen: Seen, images: Int64[np.ndarray, " k"]) -> UInt8[np.ndarray, "k t s s"]:
    """Return the compartments of the tiles of each image."""
    masks = masks_of(seen, images)
    whole = torch.from_numpy(np.stack([masks[int(row)] for row in images]))
    cut = seen.settings.tiles.cut(whole[:, None].float())
    return np.asarray(cut[:, :, 0].numpy().astype(np.uint8))


def pixels_of(seen: Seen, row: int) -> Float32[np.ndarray, "c h w"]:
    """Return one image as the encoder takes it, before tiles are cut."""
    one = np.array([row])
    raw = torch.from_numpy(seen.screen.read(one))
    return np.asarray(seen.limits.on(seen.screen).apply(raw, one)[0].float().numpy())


def fills_of(
    seen: Seen,
    images: Int64[np.ndarray, " k"],
    controls: Bool[np.ndarray, " k"],
    places: np.ndarray,
    masks: Masks,
) -> dict[str, np.ndarray]:
    """Return the mean (compartment, channel) over the controls of each place, as encoders see it.

    Args:
        seen: The model and its images.
        images: Rows of the screen.
        controls: Which of these are controls.
        places: The plate (or batch) of each of these.
        masks: Compartments of the controls, by row.
    """
    found: dict[str, np.ndarray] = {}
    for place in np.unique(places):
        total = np.zeros((len(NAMES), len(seen.screen.channels)))
        size = np.zeros((len(NAMES), 1))
        for row in images[controls & (places == place)]:
            pixels = pixels_of(seen, int(row))
            for part in range(len(NAMES)):
                inside = masks[int(row)] == part
                total[part] += pixels[:, inside].sum(axis=1)
                size[part] += inside.sum()
        found[str(place)] = total / np.maximum(size, 1)
    return found
