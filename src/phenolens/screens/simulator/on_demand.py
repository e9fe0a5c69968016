"""What the simulated screens share: images that are drawn when they are read, each by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import pandas as pd
from jaxtyping import UInt16

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen

W = TypeVar("W")  # a well


class OnDemand(ABC, Generic[W]):
    """A simulated screen: a row of the table is a site of a well, and its image is drawn from both.

    Attributes:
        channels: Their names, in order.
    """

    channels: ClassVar[tuple[str, ...]]

    # Settings of every such layout: they are fields of the dataclass that a screen is.
    sites: int
    size: int
    pixel_size: float

    def __call__(self, root: Path) -> Screen:  # noqa: ARG002
        """Return the screen; its pixels are drawn when they are read. The folder is not used."""
        return Screen(
            meta=self._meta(),
            channels=self.channels,
            read=self.read,
            size=(self.size, self.size),
            pixel_size=self.pixel_size,
        )

    def read(self, rows: Rows) -> Images:
        """Return the images of these rows: (n, channel, size, size), each by itself."""
        shape = (len(rows), len(self.channels), self.size, self.size)
        images = np.empty(shape, dtype=np.uint16)
        for out, row in enumerate(np.asarray(rows).tolist()):
            images[out] = self._image(*self._spot(row))
        return images

    def __getstate__(self) -> dict[str, Any]:
        """Return the settings only: everything else is computed from them."""
        fields: dict[str, Any] = getattr(self, "__dataclass_fields__", {})
        return {name: getattr(self, name) for name in fields}

    def _spot(self, row: int) -> tuple[W, int]:
        """Return the well and the site of a row."""
        wells = self._all_wells()
        if not 0 <= row < len(wells) * self.sites:
            raise InputError(f"no row {row} among {len(wells) * self.sites} images")
        return wells[row // self.sites], row % self.sites + 1

    @abstractmethod
    def _all_wells(self) -> Sequence[W]:
        """Return every well, in the order of the table."""

    @abstractmethod
    def _image(self, well: W, site: int) -> UInt16[np.ndarray, "c h w"]:
        """Return one image: (channel, size, size), raw counts."""

    @abstractmethod
    def _meta(self) -> pd.DataFrame:
        """Return one row per image, well by well, site by site."""
