"""A few images of every treatment, contrast-stretched for the eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from jaxtyping import UInt8

from phenolens.core.screen import Screen
from phenolens.store.limits import limits_of, rescale_images


def example_images(
    screen: Screen, limits: pd.DataFrame, side: int = 128, each: int = 2
) -> tuple[pd.DataFrame, UInt8[np.ndarray, "k c s s"]]:
    """Return metadata and 8-bit central cuts of `each` images a treatment, of different plates.

    They are the first by plate, well and site: not chosen by what they look like.
    """
    told = "treatment" in screen.meta.columns and screen.meta["treatment"].notna().any()
    by = "treatment" if told else "well"
    order = ["plate", "well", *(c for c in ("site", "cell") if c in screen.meta.columns)]
    ordered = screen.meta.sort_values(order, kind="stable")
    # One a plate first, then the plates' second ones: examples differ in plate where they can.
    turn = ordered.groupby([by, "plate"], sort=False).cumcount()
    ordered = ordered.assign(turn=turn).sort_values([by, "turn", *order], kind="stable")
    rows = ordered.groupby(by, sort=True).head(each).index.to_numpy()
    meta = screen.meta.loc[rows].reset_index(drop=True)
    side = min(side, *screen.size)
    top, left = ((extent - side) // 2 for extent in screen.size)
    made = []
    for row in rows:
        raw = screen.read(np.array([row]))[:, :, top : top + side, left : left + side]
        bounds = limits_of(limits, [str(screen.meta["plate"][row])], screen.channels)
        pixels = rescale_images(torch.from_numpy(raw), torch.from_numpy(bounds))
        made.append((pixels[0].sqrt() * 255).round().to(torch.uint8).numpy())
    return meta, np.stack(made)
