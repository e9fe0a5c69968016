"""How fast 256 random images are read: the pixel store, a bare memory map, Zarr v3, OME-Zarr, TIFF.

The same images in every format, warm page cache, one process. Formats take turns in every round, in
both orders, and each figure is the median over rounds of its ratio to the bare memory map.

    python benchmarks/random_reads.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
import zarr

from phenolens.core.screen import Images, Rows, Screen
from phenolens.screens.ome_zarr import OmeZarr
from phenolens.store.ome_plates import write_plates
from phenolens.store.pixel_store import prepare
from phenolens.store.reading import Workers
from phenolens.store.zarr_store import write_zarr

READS = 256
Reader = Callable[[Rows], Images]


def example(shape: tuple[int, ...]) -> Screen:
    """Return a screen of Poisson counts."""
    images = np.random.default_rng(1).poisson(900, shape).astype(np.uint16)
    wells = [f"{'ABCDEFGHIJKLMNOP'[i % 16]}{i // 16 % 24 + 1:02d}" for i in range(len(images))]
    meta = pd.DataFrame({"plate": "P1", "well": wells})
    channels = tuple(f"c{c}" for c in range(shape[1]))
    return Screen(
        meta=meta, channels=channels, read=lambda rows: images[rows], size=(shape[2], shape[3])
    )


def uncompressed(screen: Screen, folder: Path, shards: int) -> Reader:
    """Return what reads a Zarr array without a codec, image by image."""
    n, shape = len(screen), (len(screen.channels), *screen.size)
    array = zarr.create_array(
        folder,
        shape=(n, *shape),
        chunks=(1, *shape),
        shards=(shards, *shape) if shards > 1 else None,
        dtype="uint16",
        compressors=None,
    )
    for first in range(0, n, shards):
        rows = np.arange(first, min(first + shards, n))
        array[first : first + len(rows)] = screen.read(rows)
    return lambda rows: np.stack([np.asarray(array[int(row)]) for row in rows])


def tiffs(screen: Screen, folder: Path) -> Reader:
    """Return what reads a TIFF per image, compressed by deflate."""
    folder.mkdir()
    for row in range(len(screen)):
        image = screen.read(np.array([row]))[0]
        tifffile.imwrite(folder / f"{row}.tif", image, compression="zlib")
    return lambda rows: np.stack([tifffile.imread(folder / f"{row}.tif") for row in rows])


def megabytes(folder: Path) -> float:
    """Return the size of what is in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def compare(title: str, shape: tuple[int, ...], folder: Path, rounds: int) -> None:
    """Print one table."""
    screen = example(shape)
    store = prepare(screen, folder / "store")
    mapped = np.load(folder / "store" / "pixels.npy", mmap_mode="r")
    sharded = write_zarr(screen, folder / "zarr", Workers())
    write_plates(screen, folder / "ome", Workers())
    readers: dict[str, Reader] = {
        "bare memory map (`np.take`)": lambda rows: np.take(mapped, rows, axis=0),
        "`store`": store.read,
        "`zarr` (shards, LZ4)": sharded.read,
        "Zarr v3, shards, uncompressed": uncompressed(screen, folder / "shards", 32),
        "Zarr v3, a file per image, uncompressed": uncompressed(screen, folder / "files", 1),
        "`ome_zarr`": OmeZarr()(folder / "ome").read,
        "TIFF, deflate": tiffs(screen, folder / "tiff"),
    }
    folders = ("store", "zarr", "shards", "files", "ome", "tiff")
    places = dict(zip(list(readers)[1:], folders, strict=True))
    rng, taken = np.random.default_rng(0), {name: list[float]() for name in readers}
    for turn in range(rounds + 1):  # the first one warms up
        rows = rng.integers(shape[0], size=READS)
        # In both orders: the store and the bare map are one file, and who comes second gains.
        for name, read in sorted(readers.items(), reverse=bool(turn % 2)):
            began = time.perf_counter()
            images = read(rows)
            taken[name].append(time.perf_counter() - began)
            assert images[0, 0, 0, 0] == mapped[rows[0], 0, 0, 0]
    bare = np.array(taken["bare memory map (`np.take`)"][1:])
    print(f"\n{title} {shape[1:]}, {READS} of {shape[0]}, {rounds} rounds\n")
    print("| format | images/s | of the bare memory map | MB on disk |\n|---|---|---|---|")
    for name, seconds in taken.items():
        spent = np.array(seconds[1:])
        size = f"{megabytes(folder / places[name]):,.0f}" if name in places else ""
        speed, ratio = READS / np.median(spent), np.median(bare / spent)
        print(f"| {name} | {speed:,.0f} | {ratio:.3f} | {size} |")
    in_order, one_by_one = list[float](), list[float]()
    for _ in range(rounds + 1):
        for rows, taken_by in ((np.arange(64), in_order), (np.arange(64)[::-1], one_by_one)):
            began = time.perf_counter()
            sharded.read(rows)
            taken_by.append(64 / (time.perf_counter() - began))
    first, second = np.median(in_order[1:]), np.median(one_by_one[1:])
    print(f"\n`zarr`, 64 images in order {first:,.0f} images/s, in reverse order {second:,.0f}")


def main() -> None:
    """Compare for single-cell crops and for fields."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    logging.getLogger("phenolens").setLevel(logging.WARNING)
    for title, shape in {
        "single-cell crops": (2000, 3, 68, 68),
        "fields": (256, 3, 512, 640),
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            compare(title, shape, Path(folder), rounds)


if __name__ == "__main__":
    main()
