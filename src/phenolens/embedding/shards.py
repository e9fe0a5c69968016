"""Finished parts of an embedding on disk, so that a killed process resumes."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from phenolens.core.files import clear_leftovers, written
from phenolens.core.space import room

LOG = logging.getLogger("phenolens")
_SHARD = re.compile(r"\d{9}(-[0-9a-f]{16})?\.npy")  # older versions wrote no checksum


@dataclass(frozen=True, slots=True)
class Shards:
    """A folder of shards, each an `.npy` file whose name holds its first row and its checksum.

    The name of the folder says of what they are, as by the hashes of model and screen. It is part
    of the checksum, so that the shards of another model are not taken for these.

    Attributes:
        folder: The folder; made with the first shard.
        dim: Length of an embedding, where it is known.
    """

    folder: Path
    dim: int | None = None

    def obtain(
        self, begin: int, rows: int, make: Callable[[int], Float32[np.ndarray, "m d"]]
    ) -> Float32[np.ndarray, "m d"]:
        """Return the shard that begins with an image: from disk where it is whole, else made.

        Args:
            begin: The image.
            rows: Rows that the shard has.
            make: Makes it.
        """
        for path in sorted(self.folder.glob(f"{begin:09d}*.npy")):
            if (found := self._read(path, rows)) is not None:
                return found
            LOG.warning("%s: is damaged; it will be made again", path)
            path.unlink()
        features = make(begin)
        path = self.folder / f"{begin:09d}-{self._checksum(features)}.npy"
        with room(self.folder, features.nbytes), written(path) as partial:
            np.save(partial, features)
        return features

    def remove(self) -> None:
        """Delete the shards; other files in the folder stay."""
        if not self.folder.is_dir():
            return
        clear_leftovers(self.folder)
        for path in self.folder.iterdir():
            if _SHARD.fullmatch(path.name):
                path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _read(self, path: Path, rows: int) -> Float32[np.ndarray, "m d"] | None:
        """Return a shard from disk; None where it is not what was written."""
        try:
            features = np.load(path)
        except Exception:  # NumPy raises many kinds; a pickle is refused
            return None
        if not isinstance(features, np.ndarray) or features.dtype != np.float32:
            return None
        whole = features.ndim == 2 and len(features) == rows and features.shape[1] > 0
        fits = whole and self.dim in (None, features.shape[1])
        named = path.stem.partition("-")[2]
        return features if fits and self._checksum(features) == named else None

    def _checksum(self, features: Float32[np.ndarray, "m d"]) -> str:
        about = f"{self.folder.name} {features.shape}".encode()
        return hashlib.sha256(about + np.ascontiguousarray(features).tobytes()).hexdigest()[:16]
