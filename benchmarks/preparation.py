"""Preparing a plate: how fast, against a bare loop that decodes the same files.

    python benchmarks/preparation.py FOLDER                     # 24 wells x 9 sites, ratios
    python benchmarks/preparation.py FOLDER --wells 384         # a whole plate: 40 GB of store

Simulated fields of 1080 x 1080 pixels in five channels, as LZW-compressed TIFF (as an Opera Phenix
writes them); a few distinct fields, linked under the names of all wells and sites. Bare: threads
that call `tifffile.imread` on every file. Then the same number of threads prepare the plate: as it
is, and with illumination, intensity limits and quality flags. Warm page cache; in turns, the
fastest of several rounds: virtual machines give fresh memory slowly, and a store is fresh memory.
`--only` leaves the other ways out.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tifffile

from phenolens.core.screen import Screen
from phenolens.pixels.illumination import Illumination
from phenolens.pixels.rescale import Rescale
from phenolens.quality.flags import Thresholds, flags
from phenolens.quality.measured import measure
from phenolens.quality.records import QualityRecords
from phenolens.screens.image_folder import ImageFolder
from phenolens.screens.synthetic import Synthetic
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import prepare

CHANNELS = ("DNA", "ER", "RNA", "AGP", "Mito")
SIDE, DISTINCT, THREADS = 1080, 24, 2
PATTERN = r"(?P<plate>P1)/(?P<well>[A-P]\d\d)_s(?P<site>\d)_(?P<channel>\w+)\.tiff"


def fields(count: int) -> np.ndarray:
    """Return distinct simulated fields (count, channel, SIDE, SIDE)."""
    screen = Synthetic(seed=7)(Path())
    rng = np.random.default_rng(0)
    tiles = -(-SIDE // screen.size[0])
    made = np.empty((count, len(CHANNELS), SIDE, SIDE), dtype=np.uint16)
    for field in made:
        rows = rng.choice(len(screen), tiles * tiles, replace=False)
        images = screen.read(rows).reshape(tiles, tiles, -1, *screen.size)
        whole = images.transpose(2, 0, 3, 1, 4).reshape(images.shape[2], tiles * screen.size[0], -1)
        for channel in range(len(CHANNELS)):
            field[channel] = whole[channel % len(whole), :SIDE, :SIDE]
        np.minimum(field + rng.poisson(50, field.shape), 65535, out=field, casting="unsafe")
    return made


def write_plate(folder: Path, wells: int, sites: int) -> list[Path]:
    """Write the distinct fields once, and link them under the names of all images."""
    (folder / "P1").mkdir(parents=True)
    (folder / "distinct").mkdir()
    for number, field in enumerate(fields(DISTINCT)):
        for channel, plane in zip(CHANNELS, field, strict=True):
            place = folder / "distinct" / f"{number}_{channel}.tif"
            tifffile.imwrite(place, plane, compression="lzw", predictor=False)
    files = []
    for image in range(wells * sites):
        well, site = divmod(image, sites)
        name = f"{'ABCDEFGHIJKLMNOP'[well // 24]}{well % 24 + 1:02d}_s{site + 1}"
        for channel in CHANNELS:
            files.append(folder / "P1" / f"{name}_{channel}.tiff")
            os.link(folder / "distinct" / f"{image % DISTINCT}_{channel}.tif", files[-1])
    return files


def bare(files: list[Path]) -> None:
    """Decode every file."""
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda file: tifffile.imread(file).shape, files):
            pass


def everything(screen: Screen, store: Path) -> None:
    """Prepare with illumination; intensity limits and quality of every image."""
    asked = Rescale()(Illumination()(screen))
    stored = prepare(asked, store, THREADS, look=QualityRecords(), count=True)
    Limits.of_store(stored, store)
    judge(stored)


def afterwards(screen: Screen, store: Path) -> None:
    """Do the same in two passes: the store is read again for limits and quality."""
    stored = prepare(Rescale()(Illumination()(screen)), store, THREADS)
    Limits.of(stored)
    judge(stored)


def judge(stored: Screen) -> None:
    """Flag the images of a store."""
    pixels = math.prod(stored.size)
    flags(measure(stored, THREADS), stored.meta["plate"], Thresholds(), pixels)


def main() -> None:
    """Print seconds, MB/s of decoded pixels, and ratios to the bare loop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help="New folder; deleted at the end.")
    parser.add_argument("--wells", type=int, default=24)
    parser.add_argument("--sites", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="Part of the name of a way.")
    given = parser.parse_args()
    files = write_plate(given.folder, given.wells, given.sites)
    size = sum(file.stat().st_size for file in files) / len(files)
    images = len(files) // len(CHANNELS)
    print(f"{images} fields, {len(files)} files of {size / 1e6:.2f} MB, {THREADS} threads")
    screen = ImageFolder(pattern=PATTERN, channels=CHANNELS)(given.folder)
    store = given.folder / "store"
    ways: dict[str, Callable[[], object]] = {
        "bare loop": lambda: bare(files),
        "prepare, as it is": lambda: prepare(screen, store, THREADS),
        "with illumination, limits, quality": lambda: everything(screen, store),
        "the same, the store read again for them": lambda: afterwards(screen, store),
    }
    ways = {name: work for name, work in ways.items() if given.only in name}
    print_table(timed(ways, given.rounds, store), len(files))
    size = sum(path.stat().st_size for path in store.rglob("*"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"the store has {size / 1e9:.2f} GB")
    print(f"peak memory of the process: {memory:.0f} MB, mapped pages of the store included")
    shutil.rmtree(given.folder)


def timed(
    ways: dict[str, Callable[[], object]], rounds: int, store: Path
) -> dict[str, list[float]]:
    """Return the seconds of each way, round by round; each begins without a store."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            shutil.rmtree(store, ignore_errors=True)
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def print_table(seconds: dict[str, list[float]], files: int) -> None:
    """Print the fastest round of each way, and its ratio to the bare loop."""
    print("| | seconds, fastest (all) | MB/s | of the bare loop |\n|---|---|---|---|")
    first = min(seconds.get("bare loop", [float("nan")]))
    for name, taken in seconds.items():
        rate = 2e-6 * SIDE * SIDE * files / min(taken)
        each = ", ".join(f"{one:.1f}" for one in taken)
        print(f"| {name} | {min(taken):.1f} ({each}) | {rate:.0f} | {first / min(taken):.2f} |")


if __name__ == "__main__":
    main()
