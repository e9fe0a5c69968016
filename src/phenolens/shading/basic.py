"""BaSiC's flat field of a plate and channel, by the package basicpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, UInt16

from phenolens.core.extras import import_extra
from phenolens.shading.blocks import means

WORKING = 128  # pixels along the longer side at which BaSiC works


def shrunk(images: UInt16[np.ndarray, "n c h w"]) -> Float32[np.ndarray, "n c grid_h grid_w"]:
    """Return images as BaSiC works on them: means of blocks, the longer side near 128."""
    block = max(1, round(max(images.shape[2:]) / WORKING))
    made = [[means(plane, block) for plane in image] for image in images]
    return np.asarray(made, dtype=np.float32)


def flat_fields(
    images: Float32[np.ndarray, "n c grid_h grid_w"],
) -> Float32[np.ndarray, "c grid_h grid_w"]:
    """Return the flat field of each channel, of mean 1.

    Peng et al. 2017 (doi:10.1038/ncomms14836): images are a flat field times a level of their own,
    plus what is sparse; the field is smooth, which is a penalty on its cosine transform. The
    package's approximate solver with its defaults, on the CPU; no dark field is taken off.

    Args:
        images: Of one plate, shrunk.

    Raises:
        InputError: basicpy is not installed.
    """
    basicpy: Any = import_extra("basicpy", needed_by="average = 'basic'", extra="basic")
    fields = np.ones(images.shape[1:], dtype=np.float32)
    for channel in range(images.shape[1]):
        plane = images[:, channel]
        if len(plane) < 2 or not plane.any():  # nothing to tell a field from
            continue
        working = list(plane.shape[1:])  # they are small already
        fit = basicpy.BaSiC(get_darkfield=False, working_size=working, device="cpu")
        fit.fit(plane, skip_shape_warning=True)
        fields[channel] = fit.flatfield / fit.flatfield.mean()
    return fields
