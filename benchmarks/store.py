"""How fast training reads pixels: the store's `.npy` against uncompressed Zarr v3 and TIFF.

Random batches of images, warm page cache, one thread, all in one run; the ratio is to the store.

    python benchmarks/store.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
import zarr

from phenolens.store.pixel_store import StoreReader

BATCH, ROUNDS = 32, 15


def seconds(read: Callable[[np.ndarray], np.ndarray], n: int) -> float:
    """Return the median seconds of reading one random batch."""
    rng = np.random.default_rng(0)
    taken = []
    for _ in range(ROUNDS):
        rows = rng.integers(n, size=BATCH)
        began = time.perf_counter()
        read(rows).sum(dtype=np.int64)  # touches every page
        taken.append(time.perf_counter() - began)
    return float(np.median(taken[2:]))


def compare(title: str, shape: tuple[int, ...], folder: Path) -> None:
    """Print one table: the same images in each format."""
    rng = np.random.default_rng(1)
    images = rng.poisson(900, shape).astype(np.uint16)
    np.save(folder / "pixels.npy", images)
    group = zarr.create_array(
        store=str(folder / "pixels.zarr"),
        shape=shape,
        chunks=(1, *shape[1:]),
        dtype="uint16",
        compressors=None,
    )
    group[:] = images
    for row, image in enumerate(images):
        tifffile.imwrite(folder / f"{row}.tif", image, compression="zlib")

    def tiffs(rows: np.ndarray) -> np.ndarray:
        return np.stack([tifffile.imread(folder / f"{row}.tif") for row in rows])

    readers: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "store (.npy, mapped)": StoreReader(folder / "pixels.npy"),
        "Zarr v3, uncompressed": lambda rows: np.asarray(group.oindex[rows]),
        "TIFF, deflate": tiffs,
    }
    print(f"\n{title} {shape[1:]}, batches of {BATCH}\n\n| format | images/s | of the store |")
    print("|---|---|---|")
    store = 0.0
    for name, read in readers.items():
        speed = BATCH / seconds(read, shape[0])
        store = store or speed
        print(f"| {name} | {speed:,.0f} | {speed / store:.3f} |")


def main() -> None:
    """Compare for single-cell crops and for fields."""
    for title, shape in {
        "single-cell crops": (2000, 3, 68, 68),
        "fields": (200, 3, 512, 640),
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            compare(title, shape, Path(folder))


if __name__ == "__main__":
    main()
