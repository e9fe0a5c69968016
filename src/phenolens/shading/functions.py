"""Shading functions: by what the counts of a plate and channel are divided, place by place."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Real, UInt16

from phenolens.core.errors import InputError
from phenolens.core.files import written
from phenolens.shading.smooth import Smoothing, on_pixels, smooth

_ROBUST = 0.02  # CellProfiler: this part of a function is set to its value there
_LEAST = 0.01  # of the mean: what is darker is not divided by less
_ARRAYS = ("plates", "channels", "size", "grids")
_DAMAGE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True, eq=False)
class ShadingFunctions:
    """The functions of several plates, on grids as fine as they vary.

    Attributes:
        plates: Their names.
        channels: Names of the channels.
        size: (height, width) of the fields.
        grids: Values of equal cells that cover the field; 1 where nothing is changed.
    """

    plates: tuple[str, ...]
    channels: tuple[str, ...]
    size: tuple[int, int]
    grids: Float32[np.ndarray, "plate channel grid_h grid_w"]

    def of(self, plate: str) -> Float32[np.ndarray, "channel h w"]:
        """Return the functions of one plate, at every pixel.

        Raises:
            InputError: They are not known.
        """
        if plate not in self.plates:
            raise InputError(f"no shading function of plate '{plate}'")
        grids = self.grids[self.plates.index(plate)]
        return np.stack([on_pixels(grid, self.size) for grid in grids])

    def save(self, path: Path) -> Path:
        """Write them as an `.npz` of four arrays: plates, channels, size, grids."""
        with written(path) as partial:
            np.savez(
                partial,
                plates=np.array(self.plates, dtype=np.str_),
                channels=np.array(self.channels, dtype=np.str_),
                size=np.array(self.size),
                grids=self.grids,
            )
        return path

    @classmethod
    def load(cls, path: Path) -> ShadingFunctions:
        """Return the functions of a file that `save` wrote.

        Raises:
            InputError: No such file, or it is damaged.
        """
        fix = "delete it: the next run makes it again"
        try:
            with path.open("rb") as file, np.load(file) as archive:
                plates, channels, size, grids = (archive[name] for name in _ARRAYS)
        except _DAMAGE as error:
            raise InputError("is damaged or missing", where=path, fix=fix) from error
        sound = grids.ndim == 4 and grids.shape[:2] == (plates.size, channels.size)
        sound &= size.shape == (2,) and grids.dtype == np.float32 and grids.size > 0
        if not (sound and np.isfinite(grids).all() and (grids > 0).all()):
            raise InputError("is damaged: not finite functions above 0", where=path, fix=fix)
        names = (tuple(plates.astype(str).tolist()), tuple(channels.astype(str).tolist()))
        return cls(*names, (int(size[0]), int(size[1])), grids)


def function_of(
    field: Real[np.ndarray, "h w"], how: Smoothing, size: float, scale: str
) -> Float32[np.ndarray, "grid_h grid_w"]:
    """Return the function of one plate and channel: smoothed and scaled.

    Args:
        field: The mean of the plate's images, or of their block minima.
        how: The filter.
        size: Its size, in pixels.
        scale: `minimum`: CellProfiler's robust minimum (the value at 2 %) becomes 1 and what is
            below it too, so that dividing makes no count larger. `mean`: the mean becomes 1.
    """
    return scaled(smooth(field, how, size), scale)


def scaled(
    smoothed: Float32[np.ndarray, "grid_h grid_w"], scale: str
) -> Float32[np.ndarray, "grid_h grid_w"]:
    """Return a smooth field scaled to a function by which counts are divided; see `function_of`."""
    mean = float(smoothed.mean())
    if not mean > 0:  # dark from corner to corner
        return np.ones_like(smoothed)
    floor = max(float(np.sort(smoothed, axis=None)[int(smoothed.size * _ROBUST)]), _LEAST * mean)
    if scale == "minimum":
        return np.maximum(smoothed, floor) / np.float32(floor)
    return np.maximum(smoothed, _LEAST * mean) / np.float32(mean)


def divide(
    images: UInt16[np.ndarray, "n c h w"], function: Float32[np.ndarray, "c h w"]
) -> UInt16[np.ndarray, "n c h w"]:
    """Return counts divided by a function, rounded and clipped to 16 bits."""
    made = images.astype(np.float32)
    made /= function
    np.rint(made, out=made)
    return np.minimum(made, 65535, out=made).astype(np.uint16)
