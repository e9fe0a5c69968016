"""A layout small enough for any test: 2 plates, 6 wells, 2 sites, 2 channels of 40 x 48 pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.roles import with_roles
from phenolens.core.screen import Images, Rows, Screen

SIZE = (40, 48)
CHANNELS = ("DNA", "Actin")


def pixels(seed: int, rows: Rows) -> Images:
    """Return noise over a tilted plane whose slope depends on the well; any row on its own."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    made = []
    for row in rows:
        rng = np.random.default_rng([seed, int(row)])
        well = (int(row) // 2) % 6
        plane = 2000 + 20 * (well - 3) * x + 15 * (well % 3) * y
        noise = rng.integers(0, 400, size=(len(CHANNELS), *SIZE))
        made.append(plane + noise + 500 * np.arange(len(CHANNELS))[:, None, None])
    return np.stack(made).astype(np.uint16)


def table(*, blank: bool) -> pd.DataFrame:
    """Return two plates (two batches) of one DMSO well and five compounds of two mechanisms."""
    compounds = ("DMSO", "c1", "c2", "c3", "c4", "c5")
    moas = (None, "m1", "m1", "m2", "m2", "m2")
    rows = [
        {
            "plate": f"p{plate}",
            "well": f"A{well + 1:02d}",
            "site": site,
            "batch": f"w{plate}",
            "compound": compounds[well],
            "concentration": 0.0 if well == 0 else 1.5,
            "moa": moas[well],
        }
        for plate in range(2)
        for well in range(6)
        for site in range(2)
    ]
    meta = pd.DataFrame(rows)
    if blank:
        meta.loc[meta["well"] == "A06", "compound"] = None
    return with_roles(meta)


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """The layout.

    Attributes:
        seed: Of the pixels.
        blank: Whether one well a plate has no compound.
    """

    seed: int = 0
    blank: bool = False

    def __call__(self, root: Path) -> Screen:
        """Return the screen; the folder is not looked at."""
        del root
        return Screen(
            meta=table(blank=self.blank),
            channels=CHANNELS,
            read=partial(pixels, self.seed),
            size=SIZE,
        )
