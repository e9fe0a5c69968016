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
from phenolens.screens.simulator.times import check_times

W = TypeVar("W")  # a well


class OnDemand(ABC, Generic[W]):
    """A simulated screen: a row of the table is a site of a well, and its image is drawn from both.

    With `times` there is one row per well, site and time, in this order.

    Attributes:
        channels: Their names, in order.
    """

    channels: ClassVar[tuple[str, ...]]

    # Settings of every such layout: they are fields of the dataclass that a screen is.
    sites: int
    size: int
    pixel_size: float
    times: tuple[float, ...]

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

    def _spot(self, row: int) -> tuple[W, int, float | None]:
        """Return the well, the site and the hour of a row; no hour where there are no times."""
        wells, each = self._all_wells(), max(len(self.times), 1)
        images = len(wells) * self.sites * each
        if not 0 <= row < images:
            raise InputError(f"no row {row} among {images} images")
        place, frame = divmod(row, each)
        hour = float(self.times[frame]) if self.times else None
        return wells[place // self.sites], place % self.sites + 1, hour

    def _moments(self) -> list[dict[str, float]]:
        """Return what the table has for each frame of a site: its hour, if there are times.

        Raises:
            InputError: The times do not rise.
        """
        check_times(self.times)
        return [{"time": float(hour)} for hour in self.times] or [{}]

    @abstractmethod
    def _all_wells(self) -> Sequence[W]:
        """Return every well, in the order of the table."""

    @abstractmethod
    def _image(self, well: W, site: int, hour: float | None) -> UInt16[np.ndarray, "c h w"]:
        """Return one image: (channel, size, size), raw counts."""

    @abstractmethod
    def _meta(self) -> pd.DataFrame:
        """Return one row per image, well by well, site by site, time by time."""
