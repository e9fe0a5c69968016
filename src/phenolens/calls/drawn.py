"""Drawn: images of every call, a tile of each, and controls to compare them with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.calls.donors import control_donors
from phenolens.calls.few import few_images
from phenolens.calls.knock_outs import Asks
from phenolens.calls.linear import Calls, fit_calls
from phenolens.calls.permuted import permuted_calls
from phenolens.core.profiles import Profiles


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Images of every call, a tile of each, and controls to compare them with.

    Attributes:
        calls: Fitted on the embeddings of the run.
        noise: The same on permuted labels.
        images: Rows of the screen; controls are not among them.
        tile: Of each image, the one that is looked at.
        donors: Of each image, control images of the same plate (or batch).
        tiles: Tiles per image.
    """

    calls: Calls
    noise: Calls
    images: Int64[np.ndarray, " n"]
    tile: Int64[np.ndarray, " n"]
    donors: Int64[np.ndarray, "n k"]
    tiles: int

    @classmethod
    def of(cls, embeddings: Profiles, asks: Asks, controls: int) -> Drawn:
        """Return images of every call.

        Args:
            embeddings: One row per tile, the tiles of an image one after the other, with `tile`.
            asks: Which calls, and how many images.
            controls: Control images for each image.

        Raises:
            InputError: As `fit_calls`.
        """
        calls = fit_calls(embeddings, asks.same, asks.seed, asks.by)
        noise = permuted_calls(embeddings, calls.same, asks.seed, asks.by)
        tiles = int(embeddings.meta["tile"].max()) + 1
        images, _ = few_images(calls, embeddings, asks.most, asks.seed)
        images = images[calls.label[images * tiles] >= 0]
        rng = np.random.default_rng(asks.seed)
        tile = rng.integers(tiles, size=len(images))
        meta = embeddings.meta.iloc[::tiles].reset_index(drop=True)
        donors = [control_donors(meta, images, asks.by, rng) for _ in range(controls)]
        return cls(calls, noise, images, tile, np.stack(donors, axis=1), tiles)

    def of_call(self, call: int) -> Drawn:
        """Return the images of one call."""
        kept = self.calls.label[self.rows] == call
        return replace(
            self, images=self.images[kept], tile=self.tile[kept], donors=self.donors[kept]
        )

    @property
    def rows(self) -> Int64[np.ndarray, " n"]:
        """Rows of the embeddings: the tile of each image."""
        return self.images * self.tiles + self.tile

    @property
    def wells(self) -> Int64[np.ndarray, " n"]:
        """Of each image, as a code."""
        return self.calls.well[self.rows]

    def slopes(self, call: int) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "n d"]]:
        """Return the slopes of a call for each image, and those of its call on permuted labels.

        Args:
            call: Place in `calls.names`.
        """
        same = self.noise.names.index(self.calls.names[call])
        return self.calls.slopes(self.rows, call), self.noise.slopes(self.rows, same)
