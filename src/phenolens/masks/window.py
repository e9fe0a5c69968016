"""Windows: single cells cut out of fields, row by row, with a rule for the border."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer, UInt8, UInt16
from scipy.spatial import cKDTree

Border = Literal["drop", "shift", "pad"]
Others = Literal["keep", "ground"]
_Field = tuple[np.ndarray, np.ndarray]  # its pixels, and the ground of each channel
_FIELDS = 8  # kept decoded: cells of one field are read together, by several threads
_GROUND = 5.0  # percentile of a field's channel


def fitting(
    centres: Float64[np.ndarray, "n 2"], size: tuple[int, int], side: int, border: Border
) -> Bool[np.ndarray, " n"]:
    """Return which windows are cut: all, or with `drop` those that are inside the field.

    Args:
        centres: y and x of each window.
        size: (height, width) of the field.
        side: Of a window, in pixels.
        border: The rule.
    """
    first = np.rint(centres).astype(np.int64) - side // 2
    if border == "drop":
        return np.asarray(((first >= 0) & (first + side <= np.array(size))).all(axis=1))
    inside = (centres >= 0) & (centres <= np.array(size) - 1)
    return np.asarray(inside.all(axis=1))


@dataclass(slots=True, kw_only=True, eq=False)
class Windows:
    """Rows -> windows around centres in fields; several threads may read.

    Attributes:
        read: What reads the fields.
        fields: Row of each cell's field.
        centres: y and x of each cell.
        kept: The cell of each window; others are neighbours only.
        side: Of a window, in pixels.
        border: `shift`: a window that leaves the field is moved inside; `pad`: what is outside is
            ground.
        others: `ground`: pixels nearer to another cell of the field become ground, the 5th
            percentile of the field's channel.
        files: Hashes of the files of fields, where they are known.
    """

    read: Callable[[Any], Any]
    fields: Int64[np.ndarray, " n"]
    centres: Float64[np.ndarray, "n 2"]
    kept: Int64[np.ndarray, " k"]
    side: int
    border: Border
    others: Others
    files: Callable[[Any], Any] | None = None
    _known: OrderedDict[int, _Field] = field(default_factory=OrderedDict, repr=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def __call__(self, rows: Integer[np.ndarray, " k"]) -> UInt16[np.ndarray, "k c side side"]:
        """Return the windows of these rows."""
        return np.stack([self._window(int(cell)) for cell in self.kept[rows]])

    def identify(self, rows: Integer[np.ndarray, " k"]) -> UInt8[np.ndarray, "k 16"]:
        """Return a hash of the files of each window's field, and of where the cells are there."""
        assert self.files is not None  # noqa: S101  # its screen has them
        cells = self.kept[rows]
        own = self.files(self.fields[cells])
        made = np.empty_like(own)
        for i, row in enumerate(cells.tolist()):
            digest = hashlib.sha256(own[i].tobytes() + self.centres[row].tobytes())
            if self.others != "keep":
                digest.update(self.centres[self.fields == self.fields[row]].tobytes())
            made[i] = np.frombuffer(digest.digest()[:16], dtype=np.uint8)
        return made

    def _window(self, row: int) -> UInt16[np.ndarray, "c side side"]:
        image, ground = self._field(int(self.fields[row]))
        size = np.array(image.shape[1:])
        first = np.rint(self.centres[row]).astype(np.int64) - self.side // 2
        if self.border == "shift":
            first = np.clip(first, 0, size - self.side)
        low, high = np.maximum(first, 0), np.minimum(first + self.side, size)
        (top, left), (bottom, right) = low - first, high - first
        made = np.empty((len(image), self.side, self.side), dtype=np.uint16)
        made[:] = ground[:, None, None]
        made[:, top:bottom, left:right] = image[:, low[0] : high[0], low[1] : high[1]]
        if self.others == "ground":
            made[:, self._of_others(row, first)] = ground[:, None]
        return made

    def _of_others(self, row: int, first: Int64[np.ndarray, " 2"]) -> Bool[np.ndarray, "s s"]:
        """Return which pixels of a window are nearer to another cell of its field."""
        its = np.flatnonzero(self.fields == self.fields[row])
        grid = np.moveaxis(np.indices((self.side, self.side)), 0, -1) + first
        nearest = cKDTree(self.centres[its]).query(grid)[1]
        return np.asarray(its[nearest] != row)

    def _field(self, number: int) -> _Field:
        with self._lock:
            if number in self._known:
                return self._known[number]
        image: np.ndarray = self.read(np.array([number]))[0]
        known = (image, _ground(image))
        with self._lock:
            self._known[number] = known
            while len(self._known) > _FIELDS:
                self._known.popitem(last=False)
        return known

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name[0] != "_"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._known, self._lock = OrderedDict(), threading.Lock()


def _ground(image: UInt16[np.ndarray, "c h w"]) -> UInt16[np.ndarray, " c"]:
    found = np.percentile(image.reshape(len(image), -1), _GROUND, axis=1, method="lower")
    return found.astype(np.uint16)
