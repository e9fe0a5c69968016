"""The prepared pixel store: written once, resumable, read at memory speed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import UInt16

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen

CHUNK = 32  # images a unit of work: what a kill can cost


@dataclass(slots=True)
class StoreReader:
    """Rows -> pixels from a store's `pixels.npy`, opened on first use (so that it pickles)."""

    path: Path
    _pixels: np.ndarray | None = field(default=None, repr=False)

    def __call__(self, rows: Rows) -> Images:
        """Return the pixels of these rows, copied out of the page cache."""
        if self._pixels is None:
            self._pixels = np.load(self.path, mmap_mode="r")
        return np.take(self._pixels, rows, axis=0)

    def __getstate__(self) -> tuple[Path]:
        return (self.path,)

    def __setstate__(self, state: tuple[Path]) -> None:
        self.path, self._pixels = state[0], None


def prepare(
    screen: Screen,
    folder: Path,
    resize: float = 1.0,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Screen:
    """Write a screen's pixels into a store, or finish one that was begun, and return it opened.

    A store is a folder: `pixels.npy` (n, channel, height, width) uint16, raw counts;
    `meta.parquet`; `store.json` (channels, size, pixel size, fingerprint); `done.npy`, one byte a
    chunk, there only while the store is being written. A kill loses the chunks under way.

    Args:
        screen: What to write.
        folder: Where to.
        resize: Factor on height and width; below 1 pixels are averaged by area.
        threads: Readers side by side.
        progress: Called with (images done, images in all).

    Raises:
        InputError: The folder holds the store of another screen.
    """
    height, width = (round(side * resize) for side in screen.size)
    about = {
        "channels": list(screen.channels),
        "size": [height, width],
        "level": screen.level,
        "pixel_size": screen.pixel_size / resize if screen.pixel_size else None,
        "resize": resize,
        "images": len(screen),
        "fingerprint": fingerprint(screen),
    }
    done = _begin(screen, folder, about)
    if done is not None:
        pixels = np.load(folder / "pixels.npy", mmap_mode="r+")

        def write(chunk: int) -> int:
            rows = np.arange(chunk * CHUNK, min((chunk + 1) * CHUNK, len(screen)))
            pixels[rows[0] : rows[-1] + 1] = _resized(screen.read(rows), (height, width))
            pixels.flush()
            done[chunk] = 1
            done.flush()
            return len(rows)

        todo = [int(c) for c in np.flatnonzero(done == 0)]
        ready = len(screen) - sum(min(CHUNK, len(screen) - c * CHUNK) for c in todo)
        with ThreadPoolExecutor(threads) as pool:
            for written in pool.map(write, todo):
                ready += written
                if progress:
                    progress(ready, len(screen))
        _write_json(folder / "store.json", {**about, "complete": True})
        (folder / "done.npy").unlink()
    return open_store(folder)


def open_store(folder: Path) -> Screen:
    """Return a finished store as a Screen.

    Raises:
        InputError: There is none, or it was not finished.
    """
    about = _read_json(folder / "store.json")
    if not about.get("complete"):
        raise InputError("no finished pixel store", where=folder, fix="prepare it again to resume")
    return Screen(
        meta=pd.read_parquet(folder / "meta.parquet"),
        channels=tuple(about["channels"]),
        read=StoreReader(folder / "pixels.npy"),
        size=(about["size"][0], about["size"][1]),
        level=about["level"],
        pixel_size=about["pixel_size"],
    )


def fingerprint(screen: Screen) -> str:
    """Return a hash of what the screen is: its table, channels, size, and pixels of three images.

    The first, the middle and the last image are read: tables alike may stand beside other images.
    """
    table = pd.util.hash_pandas_object(screen.meta.astype(str), index=False).to_numpy()
    about = json.dumps([list(screen.channels), list(screen.size), list(map(str, screen.meta))])
    found = hashlib.sha256(table.tobytes() + about.encode())
    for row in (0, len(screen) // 2, len(screen) - 1):
        found.update(np.ascontiguousarray(screen.read(np.array([row]))).tobytes())
    return found.hexdigest()[:16]


def _begin(screen: Screen, folder: Path, about: dict[str, Any]) -> np.memmap | None:
    """Return the marks of the chunks written so far; None where all are."""
    known = _read_json(folder / "store.json")
    changed = [key for key in about if known and known.get(key) != about[key]]
    if changed:
        raise InputError(
            f"holds the pixels of another screen ({', '.join(changed)} differ)",
            where=folder,
            fix="choose another folder, or delete this one",
        )
    if known.get("complete"):
        return None
    if known:
        return np.load(folder / "done.npy", mmap_mode="r+")
    folder.mkdir(parents=True, exist_ok=True)
    shape = (len(screen), len(screen.channels), *about["size"])
    _memmap(folder / "pixels.npy", np.uint16, shape)
    screen.meta.to_parquet(folder / "meta.parquet")
    chunks = -(-len(screen) // CHUNK)
    done = _memmap(folder / "done.npy", np.uint8, (chunks,))
    _write_json(folder / "store.json", about)  # last: from here on the store can be resumed
    return done


def _memmap(path: Path, dtype: type[np.generic], shape: tuple[int, ...]) -> np.memmap:
    """Return a new `.npy` file of zeros, open for writing."""
    made: np.memmap = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        path, mode="w+", dtype=dtype, shape=shape
    )
    made.flush()
    return made


def _resized(images: Images, size: tuple[int, int]) -> UInt16[np.ndarray, "n channel h w"]:
    if images.shape[2:] == size:
        return images
    real = torch.from_numpy(images.astype(np.float32))
    real = torch.nn.functional.interpolate(real, size=size, mode="area")
    return real.round_().clamp_(0, 65535).numpy().astype(np.uint16)


def _read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(content, indent=1))
    beside.replace(path)
