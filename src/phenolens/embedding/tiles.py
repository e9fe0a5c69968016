"""Where in an image an encoder looks when it embeds: a fixed, centred grid of tiles."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.ranges import LARGEST_SIDE, between


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """A centred grid of square tiles, cut without resampling (WS-DINO: 2 x 2 of 224).

    Attributes:
        size: Side of a tile, in pixels.
        rows: Tiles from top to bottom.
        columns: Tiles from left to right.
    """

    size: int = 224
    rows: int = 2
    columns: int = 2

    def __post_init__(self) -> None:
        between(1, LARGEST_SIDE, size=self.size, rows=self.rows, columns=self.columns)

    def __len__(self) -> int:
        return self.rows * self.columns

    def check(self, size: tuple[int, int]) -> None:
        """Raise InputError where the grid does not fit into images of that (height, width)."""
        height, width = size
        if self.rows * self.size > height or self.columns * self.size > width:
            raise InputError(
                f"{self.rows} x {self.columns} tiles of {self.size} do not fit into images of "
                f"{height} x {width}",
                where="embedding.tiles",
                fix="use fewer or smaller ones",
            )

    def cut(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n t c s s"]:
        """Return the tiles of every image, row by row."""
        height, width = images.shape[2:]
        self.check((height, width))
        top = (height - self.rows * self.size) // 2
        left = (width - self.columns * self.size) // 2
        block = images[
            :, :, top : top + self.rows * self.size, left : left + self.columns * self.size
        ]
        n, c = block.shape[:2]
        grid = block.reshape(n, c, self.rows, self.size, self.columns, self.size)
        return grid.permute(0, 2, 4, 1, 3, 5).reshape(n, len(self), c, self.size, self.size)
