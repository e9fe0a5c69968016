"""The pixel step `find_cells`: fields become crops of the nuclei that are found in them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64
from scipy import ndimage

from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.origin import sha256_of
from phenolens.core.ranges import at_least
from phenolens.core.remember import remembered
from phenolens.core.screen import Screen, UnreadableImage
from phenolens.masks.cut import Cut, cut_out, refuse_cells
from phenolens.masks.foreground import nuclear_channel
from phenolens.masks.segmenters import Segment, segmenter, weights_of

_THREADS = 2


@dataclass(frozen=True, kw_only=True)
class FindCells(Cut):
    """Find nuclei in fields, and cut a crop around each.

    Nuclei are found by a global and a local threshold and split where they touch (`masks.nuclei`):
    nothing is trained. A network of others may find them instead (`segmenter`). The crops have all
    channels. New columns: `cell`, `centre_y`, `centre_x`, `nucleus_area` (pixels). Fields without
    cells have no row; the history counts them. Reads every field when a run starts, also one that
    is continued.

    Attributes:
        channel: Which one stains nuclei; empty: by its name (DNA, DAPI, Hoechst, ...), else the
            first.
        diameter: Of a nucleus, in pixels; 0: estimated in each field.
        segmenter: Empty: thresholds. `cellpose:FILE` or `stardist:FOLDER`: a network, with weights
            that are on this disk (`masks.segmenters`).
        sha256: Of these weights; found when the step is made, and held to it where it is given.
        side: Side of a crop, in pixels.
        border: What is done with a crop that leaves the field: `drop` it; `shift` it inside, so
            that its cell is not in the middle; or `pad` it with ground.
        others: `keep` neighbours, or make `ground` of every pixel that is nearer to another cell's
            centre: the 5th percentile of the field's channel.
    """

    channel: str = ""
    diameter: float = 0.0
    segmenter: str = ""
    sha256: str = ""

    lazy: ClassVar[bool] = False

    def __post_init__(self) -> None:
        Cut.__post_init__(self)
        at_least(0, diameter=self.diameter)
        weights = weights_of(self.segmenter)
        found = sha256_of(weights) if weights else ""
        if self.sha256 not in ("", found):
            what = f"the weights have SHA-256 {found[:16]}..., expected {self.sha256[:16]}..."
            raise InputError(what, where=weights or "sha256", fix="use the weights of the recipe")
        object.__setattr__(self, "sha256", found)

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of cells.

        Raises:
            InputError: The screen shows cells already, lacks the channel, or no cell is found; a
                field cannot be read; or the segmenter's package is not installed.
        """
        refuse_cells(screen)
        channel = self.channel or nuclear_channel(screen.channels)
        if channel not in screen.channels:
            raise InputError(
                f"no channel '{channel}'", where="channel", fix=nearest(channel, screen.channels)
            )
        stain = screen.select([channel])
        asked = f"nuclei {self.diameter} {self.segmenter} {self.sha256}"
        found = remembered(stain, asked, partial(_all, stain, self.segmenter, self.diameter))
        lost = np.array([isinstance(each, str) for each in found], dtype=bool)
        fields = screen
        if lost.any():
            fields = screen.leave_out(lost, [each for each in found if isinstance(each, str)])
            found = [each for each in found if not isinstance(each, str)]
        rows = np.repeat(np.arange(len(fields)), [len(each) for each in found])
        places = np.concatenate(found) if found else np.empty((0, 3))
        area = pd.DataFrame({"nucleus_area": places[:, 2].astype(np.int64)})
        made, facts = cut_out(fields, rows, places[:, :2], self, area)
        return screen.after(self, made, channel=channel, **facts)

    @classmethod
    def example(cls, screen: Screen) -> FindCells:
        """Return the step with crops of a fifth of the field, the last ones moved inside."""
        return cls(side=max(4, min(screen.size) // 5), border="shift")


def _all(stain: Screen, name: str, diameter: float) -> list[Float64[np.ndarray, "_ 3"] | str]:
    """Return y, x and area of the nuclei of every field, or why it cannot be read."""
    segment = segmenter(name, diameter)
    with ThreadPoolExecutor(1 if name else _THREADS) as pool:  # networks have threads of their own
        return list(pool.map(partial(_centres, stain, segment), range(len(stain))))


def _centres(stain: Screen, segment: Segment, row: int) -> Float64[np.ndarray, "n 3"] | str:
    """Return y, x and area of the nuclei of a field, or why it is left out."""
    try:
        image = stain.read(np.array([row]))[0, 0]
    except UnreadableImage as error:
        if stain.left_out is None:
            raise
        return f"{error.where}: {error.what}"
    labels = segment(image)
    numbers = np.arange(1, int(labels.max()) + 1)
    if not len(numbers):
        return np.empty((0, 3))
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, numbers))
    return np.column_stack([centres, np.bincount(labels.ravel())[1:]]).astype(np.float64)
