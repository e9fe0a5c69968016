"""A few images of every treatment, contrast-stretched for the eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from jaxtyping import UInt8

from phenolens.core.screen import Screen
from phenolens.store.film import film_rows, is_film
from phenolens.store.limits import Limits


def example_images(
    screen: Screen, limits: Limits, side: int = 128, each: int = 2
) -> tuple[pd.DataFrame, UInt8[np.ndarray, "k c s s"]]:
    """Return metadata and 8-bit central crops of `each` images per treatment, of different plates.

    They are the first by plate, well and site: not chosen by what they look like. Without
    treatments there are `each` images per well. Of a time-lapse screen they are film strips
    (`store.film`), and the table has the column `pixel_size` (micrometres; NaN: unknown).
    """
    if is_film(screen.meta):
        screen = screen.take(film_rows(screen.meta))
        return screen.meta.assign(pixel_size=screen.pixel_size), _shown(screen, limits, side)
    treated = "treatment" in screen.meta.columns and screen.meta["treatment"].notna().any()
    by = "treatment" if treated else "well"
    order = ["plate", "well", *(c for c in ("site", "cell") if c in screen.meta.columns)]
    ordered = screen.meta.sort_values(order, kind="stable")
    # The first of each plate, then the second of each: examples differ in plate where they can.
    turn = ordered.groupby([by, "plate"], sort=False, observed=True).cumcount()
    ordered = ordered.assign(turn=turn).sort_values([by, "turn", *order], kind="stable")
    rows = ordered.groupby(by, sort=True, observed=True).head(each).index.to_numpy()
    screen = screen.take(rows)
    return screen.meta, _shown(screen, limits, side)


def _shown(screen: Screen, limits: Limits, side: int) -> UInt8[np.ndarray, "k c s s"]:
    """Return the middle of every image, by the limits of its plate: all of a plate are alike."""
    row_limits = limits.on(screen)
    side = min(side, *screen.size)
    top, left = ((extent - side) // 2 for extent in screen.size)
    images = []
    for row in np.arange(len(screen))[:, None]:
        raw = screen.read(row)[:, :, top : top + side, left : left + side]
        pixels = row_limits.rescale(torch.from_numpy(raw), row)
        images.append((pixels[0].sqrt() * 255).round().to(torch.uint8).numpy())
    return np.stack(images)
