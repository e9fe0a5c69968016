"""The prepared pixel store: written once, resumable, read at memory speed."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Images, IntensityRule, Rows, Screen
from phenolens.core.step_record import plain

CHUNK = 32  # images per unit of work: what a kill can cost


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
    screen: Screen, folder: Path, threads: int = 2, progress: Progress = uncounted
) -> Screen:
    """Write a screen's pixels into a store, or finish one that was begun, and return it opened.

    What is written is what comes out at the end of the screen's chain of pixel steps. A store is a
    folder: `pixels.npy` (n, channel, height, width) uint16, raw counts; `meta.parquet`;
    `store.json` (channels, size, pixel size, the history of pixel steps, the intensity rule, a
    fingerprint); `done.npy`, one byte per chunk, there only while the store is being written. A
    kill loses the chunks under way; calling again writes the missing ones. One process at a time.

    Args:
        screen: What to write.
        folder: Where to.
        threads: Chunks that are read in parallel.
        progress: Called with (images done, images in all).

    Raises:
        InputError: The folder holds the store of another screen.
    """
    about = _about(screen)
    done = _begin(screen, folder, about)
    if done is not None:
        pixels = np.load(folder / "pixels.npy", mmap_mode="r+")

        def write(chunk: int) -> int:
            rows = np.arange(chunk * CHUNK, min((chunk + 1) * CHUNK, len(screen)))
            pixels[rows[0] : rows[-1] + 1] = screen.read(rows)
            pixels.flush()
            done[chunk] = 1
            done.flush()
            return len(rows)

        todo = [int(c) for c in np.flatnonzero(done == 0)]
        ready = len(screen) - sum(min(CHUNK, len(screen) - c * CHUNK) for c in todo)
        with ThreadPoolExecutor(threads) as pool:
            for images in pool.map(write, todo):
                ready += images
                progress(ready, len(screen))
        _write_json(folder / "store.json", {**about, "complete": True})
    (folder / "done.npy").unlink(missing_ok=True)
    return open_store(folder)


def open_store(folder: Path) -> Screen:
    """Return a finished store as a Screen, with its history and intensity rule.

    Raises:
        InputError: There is none, or it was not finished.
    """
    about = _read_json(folder / "store.json")
    if not about.get("complete"):
        raise InputError("no finished pixel store", where=folder, fix="prepare it again to resume")
    rule = about.get("rescale")
    return Screen(
        meta=pd.read_parquet(folder / "meta.parquet"),
        channels=tuple(about["channels"]),
        read=StoreReader(folder / "pixels.npy"),
        size=(about["size"][0], about["size"][1]),
        level=about["level"],
        pixel_size=about["pixel_size"],
        history=tuple(about.get("history", ())),
        rescale=None if rule is None else IntensityRule(**rule),
    )


def fingerprint(screen: Screen) -> str:
    """Return a hash of what the screen is: its table, channels, size, history, and three images.

    The first, the middle and the last image are read, through the pixel steps: equal tables may
    describe other images. The intensity rule is not in it, because it changes no pixel.
    """
    table = pd.util.hash_pandas_object(screen.meta.astype(str), index=False).to_numpy()
    about = json.dumps([list(screen.channels), list(screen.size), list(map(str, screen.meta))])
    digest = hashlib.sha256(table.tobytes() + about.encode())
    rule = screen.history[-1:] if screen.rescale is not None else ()
    steps = screen.history[: len(screen.history) - len(rule)]
    if steps:
        digest.update(json.dumps(plain(steps), sort_keys=True).encode())
    for row in (0, len(screen) // 2, len(screen) - 1):
        digest.update(np.ascontiguousarray(screen.read(np.array([row]))).tobytes())
    return digest.hexdigest()[:16]


def _about(screen: Screen) -> dict[str, Any]:
    """Return what `store.json` says of a screen, as JSON gives it back."""
    about = {
        "channels": screen.channels,
        "size": screen.size,
        "level": screen.level,
        "pixel_size": screen.pixel_size,
        "images": len(screen),
        "history": screen.history,
        "rescale": None if screen.rescale is None else asdict(screen.rescale),
        "fingerprint": fingerprint(screen),
    }
    return dict(json.loads(json.dumps(plain(about))))


def _begin(screen: Screen, folder: Path, about: dict[str, Any]) -> np.memmap | None:
    """Return the marks of the chunks written so far; None where all are."""
    known = _read_json(folder / "store.json")
    changed = [key for key in about if known and not _same(known.get(key), about[key])]
    if changed:
        raise InputError(
            f"holds the pixels of another screen ({', '.join(changed)} differ)",
            where=folder,
            fix="choose another folder, or delete this one",
        )
    if known.get("complete"):
        return None
    if known and (folder / "done.npy").exists():
        return np.load(folder / "done.npy", mmap_mode="r+")
    folder.mkdir(parents=True, exist_ok=True)
    shape = (len(screen), len(screen.channels), *about["size"])
    _memmap(folder / "pixels.npy", np.uint16, shape)
    with written(folder / "meta.parquet") as partial:
        screen.meta.to_parquet(partial)
    chunks = -(-len(screen) // CHUNK)
    with written(folder / "done.npy") as partial:
        np.save(partial, np.zeros(chunks, dtype=np.uint8))
    _write_json(folder / "store.json", about)  # last: from here on the store can be resumed
    return np.load(folder / "done.npy", mmap_mode="r+")


def _same(one: object, two: object) -> bool:
    return json.dumps(one) == json.dumps(two)  # two NaN are the same fact


def _memmap(path: Path, dtype: type[np.generic], shape: tuple[int, ...]) -> np.memmap:
    """Return a new `.npy` file of zeros, open for writing."""
    made: np.memmap = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        path, mode="w+", dtype=dtype, shape=shape
    )
    made.flush()
    return made


def _read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1))
