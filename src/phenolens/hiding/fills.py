"""Masks of images, and the light that each of their parts has in the controls of the plate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64, UInt8

from phenolens.embedding.seen import Seen
from phenolens.masks.compartments import BACKGROUND, NAMES, compartments
from phenolens.masks.files import MaskFiles

Masks = Mapping[int, UInt8[np.ndarray, "h w"]]


def masks_of(
    seen: Seen, images: Int64[np.ndarray, " k"], own: MaskFiles | None = None
) -> dict[int, UInt8[np.ndarray, "h w"]]:
    """Return the compartments of each image (places in `masks.compartments.NAMES`), by its row.

    Args:
        seen: The model and its images.
        images: Rows of the screen.
        own: Masks that the screen brings; an image without a file has those of thresholds.
    """
    screen, made = seen.screen, {}
    for row in map(int, images):
        given = own.of(screen, row) if own else None
        made[row] = _thresholds(seen, row) if given is None else given
    return made


def own_facts(
    seen: Seen, images: Int64[np.ndarray, " k"], own: MaskFiles
) -> tuple[int, float, float]:
    """Return how the masks of a screen differ from those of thresholds.

    Returns:
        How many of the images have a file; of these, the mean share of the area that is a cell by
        thresholds and background by the file, and the share that is a cell by the file.
    """
    shares = []
    for row in map(int, images):
        given = own.of(seen.screen, row)
        if given is not None:
            outside = (_thresholds(seen, row) != BACKGROUND) & (given == BACKGROUND)
            shares.append((outside.mean(), (given != BACKGROUND).mean()))
    left_out, cells = np.mean(shares, axis=0) if shares else (np.nan, np.nan)
    return len(shares), float(left_out), float(cells)


def _thresholds(seen: Seen, row: int) -> UInt8[np.ndarray, "h w"]:
    return compartments(seen.screen.read(np.array([row]))[0], seen.screen.channels)


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
