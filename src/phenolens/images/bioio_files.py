"""Rows of a screen -> uint16 pixels from files that the package bioio reads."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Integer, UInt8, UInt16

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.screen import UnreadableImage
from phenolens.images.reader import LEAVE_OUT
from phenolens.images.signature import signature

_UNSIGNED = ("uint8", "uint16")
_UNNAMED = re.compile(r"^Channel:\d+:(?=\d+$)")  # scene and number, where a file names no channel


@dataclass(frozen=True, slots=True)
class Scene:
    """What one scene of a file has; a file may hold several, as the positions of a well.

    Attributes:
        number: Of the scene, from 0.
        times: How many times.
        planes: How many z planes.
        channels: Their names.
        size: (height, width).
        pixel_size: Micrometres per pixel; None: the file does not say.
    """

    number: int
    times: int
    planes: int
    channels: tuple[str, ...]
    size: tuple[int, int]
    pixel_size: float | None


def scenes_of(path: Path) -> list[Scene]:
    """Return what the scenes of a file have; no pixel is decoded.

    Raises:
        InputError: bioio or the reader of this format is not installed, or the file is damaged, or
            its pixels are not of 8-bit or 16-bit unsigned integers.
    """
    image = _opened(path)
    found = []
    try:
        for number in range(len(image.scenes)):
            image.set_scene(number)
            if str(image.dtype) not in _UNSIGNED:
                raise InputError(
                    f"has {image.dtype} pixels, expected 8-bit or 16-bit unsigned integers",
                    where=path,
                    fix="save the raw camera counts",
                )
            sizes, width = image.dims, image.physical_pixel_sizes.X
            names = map(str, image.channel_names or [f"c{i}" for i in range(int(sizes.C))])
            found.append(
                Scene(
                    number=number,
                    times=int(sizes.T),
                    planes=int(sizes.Z),
                    channels=tuple(_UNNAMED.sub("c", name) for name in names),
                    size=(int(sizes.Y), int(sizes.X)),
                    pixel_size=float(width) if width else None,
                )
            )
    except InputError:
        raise
    except Exception as error:  # each reader raises its own kinds
        raise UnreadableImage(f"cannot be read: {error}", where=path) from error
    return found


@dataclass(slots=True, eq=False)
class BioioReader:
    """Rows -> pixels: each row is one scene, time and plane of a file; one thread reads at a time.

    Attributes:
        root: Folder that the paths start from.
        paths: (n,) files.
        places: (n, 3) scene, time and plane.
        channels: Indexes of the channels.
        size: (height, width) that every image must have.
    """

    root: Path
    paths: tuple[str, ...] = field(repr=False)
    places: Integer[np.ndarray, "n 3"] = field(repr=False)
    channels: tuple[int, ...]
    size: tuple[int, int]
    _last: tuple[str, Any] | None = field(default=None, repr=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the pixels of these rows.

        Raises:
            UnreadableImage: A file is damaged; names it.
        """
        images = np.empty((len(rows), len(self.channels), *self.size), dtype=np.uint16)
        with self._lock:
            for place, row in enumerate(rows.tolist()):
                images[place] = self._row(row)
        return images

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of each row: its file, and which scene, time and plane it is."""
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for place, row in enumerate(rows.tolist()):
            about = f"{self.paths[row]}\0{self.places[row].tolist()}\0".encode()
            digest = hashlib.sha256(about + signature(self.root / self.paths[row])).digest()
            hashes[place] = np.frombuffer(digest[:16], dtype=np.uint8)
        return hashes

    def _row(self, row: int) -> UInt16[np.ndarray, "channel height width"]:
        name, path = self.paths[row], self.root / self.paths[row]
        scene, time, plane = self.places[row].tolist()
        try:
            if self._last is None or self._last[0] != name:
                self._last = (name, _opened(path))
            image = self._last[1]
            image.set_scene(scene)
            pixels = np.asarray(image.get_image_data("CYX", T=time, Z=plane))
        except InputError as error:
            raise UnreadableImage(error.what, where=path, fix=error.fix) from error
        except Exception as error:  # each reader raises its own kinds
            fix = f"copy it again, or {LEAVE_OUT}"
            raise UnreadableImage(f"cannot be read: {error}", where=path, fix=fix) from error
        return pixels[list(self.channels)].astype(np.uint16)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.root, self.paths, self.places, self.channels, self.size

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.root, self.paths, self.places, self.channels, self.size = state
        self._last, self._lock = None, threading.Lock()


def _opened(path: Path) -> Any:
    bioio: Any = import_extra("bioio", needed_by="this format", extra="bioio")
    try:
        return bioio.BioImage(path)
    except Exception as error:  # its errors have no common kind
        kind = type(error).__name__
        raise InputError(
            f"bioio cannot read it ({kind})",
            where=path,
            fix=f"install the reader of the format, as `pip install bioio-{path.suffix[1:]}`; "
            "where it is installed, the file is damaged: copy it again",
        ) from error
