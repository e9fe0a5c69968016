"""Which example images the page shows, and by which number others refer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from phenolens.drawing.thumbnails import PIXELS, SIDES
from phenolens.results.contents import Examples
from phenolens.results.treatments import text

MOST = PIXELS // SIDES[-1] ** 2  # images that the smallest thumbnails leave room for


def chosen(examples: Examples) -> Sequence[int]:
    """Return the rows of the images that are shown: of too many, the first of each treatment.

    Where the screen has no treatments, the first of each well.
    """
    groups = examples.meta["treatment" if "treatment" in examples.meta else "well"]
    nth = groups.groupby(groups, observed=True).cumcount().to_numpy()
    order = np.argsort(nth, kind="stable")[:MOST]
    return [int(i) for i in np.sort(order)]


def first_pictures(examples: Examples | None) -> Mapping[str, int]:
    """Return treatment -> the number of its first picture on the page; empty without treatments."""
    first: dict[str, int] = {}
    if examples is not None and "treatment" in examples.meta:
        for number, treatment in enumerate(examples.meta["treatment"].iloc[chosen(examples)]):
            first.setdefault(text(treatment) or "", number)
    return first
