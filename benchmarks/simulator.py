"""How fast the simulator draws, and how far simple features solve its screen.

Prints fields per second, and for several features the share of treatments whose nearest other one
(cosine, after a z-score against the DMSO wells of each plate and a mean over each treatment) has
the same mechanism: NSC leaves out the same compound, NSCB also the same batch. Then the same for
the brightfield screen, where every treatment is in every batch, so that NSCB is not defined;
`active` leaves out the mechanism that does nothing.

    python benchmarks/simulator.py [--seeds 3] [--batch-strength 1]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from scipy import ndimage

from phenolens.core.screen import Screen
from phenolens.embedding.tiles import Tiles
from phenolens.encoders.vit import Vit
from phenolens.screens.brightfield import Brightfield
from phenolens.screens.simulator.brightfield.appearance import SHARES as BRIGHTFIELD_SHARES
from phenolens.screens.simulator.phenotype import SHARES
from phenolens.screens.synthetic import Synthetic

Features = Float[np.ndarray, "n d"]
WORKERS = 2
CHUNK = 16


def intensity(images: Float[np.ndarray, "n c h w"]) -> Features:
    """Return plain intensity statistics: log mean, sd and seven percentiles a channel."""
    flat = images.reshape(*images.shape[:2], -1)
    cuts = np.percentile(flat, [1, 5, 25, 50, 75, 95, 99], axis=-1)
    values = np.concatenate([[flat.mean(-1), flat.std(-1)], cuts])
    return np.log(np.maximum(values, 1)).transpose(1, 0, 2).reshape(len(images), -1)


def nucleus_count(images: Float[np.ndarray, "n c h w"]) -> Features:
    """Return the log count of bright blobs in DNA: a rough segmentation, no truth used."""
    counts = []
    for image in images:
        smooth = ndimage.gaussian_filter(image[0], 2.0)
        floor, top = np.percentile(smooth, [20, 98])
        counts.append(ndimage.label(smooth > floor + 0.35 * (top - floor))[1])
    return np.log(np.maximum(counts, 1.0))[:, None]


def standardized_channels(images: Float[np.ndarray, "n c h w"]) -> Float[np.ndarray, "n c h w"]:
    """Return log counts, every channel of every image at mean 0 and deviation 1."""
    x = np.log(np.maximum(images, 1))
    return (x - x.mean((2, 3), keepdims=True)) / x.std((2, 3), keepdims=True)


def untrained_vit(images: Float[np.ndarray, "n c h w"]) -> Features:
    """Return the mean over four tiles of what a small vision transformer makes of noise weights."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    encoder = Vit(("a", "b", "c"), size="tiny", patch=8, image=128, depth=4).eval()
    x = torch.from_numpy(standardized_channels(images).astype(np.float32))
    tiles = Tiles(size=128).cut(x)
    with torch.inference_mode():
        found = encoder(tiles.flatten(0, 1)).reshape(*tiles.shape[:2], -1).mean(1)
    return found.double().numpy()


def random_convolutions(images: Float[np.ndarray, "n c h w"]) -> Features:
    """Return means and deviations of two layers of random filters on standardised channels."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal((24, 3, 7, 7)) / 12
    second = rng.standard_normal((48, 24)) / np.sqrt(24)
    x = standardized_channels(images)
    size = x.shape[-1]
    spectra = np.fft.rfft2(first, s=(size, size))
    found = []
    for image in x:
        seen = np.fft.irfft2((spectra * np.fft.rfft2(image)).sum(1), s=(size, size))
        low = np.maximum(seen, 0)[:, ::2, ::2]
        high = np.maximum(np.tensordot(second, low - low.mean((1, 2), keepdims=True), 1), 0)
        maps = (low, high)
        found.append(np.concatenate([f(m, (1, 2)) for m in maps for f in (np.mean, np.std)]))
    return np.array(found)


def _block(layout: Synthetic, rows: Float[np.ndarray, " k"]) -> list[Features]:
    """Return every feature of some images; the last is the truth's parameters."""
    images = layout.read(rows).astype(np.float64)
    truth = []
    for row in rows.tolist():
        parameters = layout.truth(row).parameters
        truth.append([v if k in SHARES else np.log(v) for k, v in parameters.items()])
    return [*(f(images) for f in PIXEL_FEATURES.values()), np.array(truth)]


PIXEL_FEATURES: dict[str, Callable[[Float[np.ndarray, "n c h w"]], Features]] = {
    "intensity statistics": intensity,
    "nucleus count": nucleus_count,
    "random convolutions": random_convolutions,
    "untrained ViT": untrained_vit,
}


def standardized(meta: pd.DataFrame, features: Features, *, by_controls: bool = True) -> Features:
    """Return features minus the plate's DMSO mean, over its DMSO deviation or the overall one."""
    out = np.empty_like(features)
    for rows in meta.groupby("plate").indices.values():
        base = features[rows][meta["control"].to_numpy()[rows]]
        out[rows] = features[rows] - base.mean(0)
        if by_controls:
            out[rows] /= base.std(0) + 1e-6
    return out if by_controls else out / (out.std(0) + 1e-6)


def matches(meta: pd.DataFrame, features: Features) -> tuple[float, float]:
    """Return NSC and NSCB of standardised features."""
    kept = ~meta["control"].to_numpy()
    table = meta[kept].reset_index(drop=True)
    groups = list(table.groupby("treatment").indices.values())
    profile = np.array([features[kept][rows].mean(0) for rows in groups])
    moa = np.array([table["moa"][rows[0]] for rows in groups])
    compound = np.array([table["compound"][rows[0]] for rows in groups])
    batches = [frozenset(table["batch"][rows]) for rows in groups]
    profile /= np.linalg.norm(profile, axis=1, keepdims=True)
    near = profile @ profile.T
    near[compound[:, None] == compound] = -np.inf
    nsc = (moa[near.argmax(1)] == moa).mean()
    near[np.array([[not a.isdisjoint(b) for b in batches] for a in batches])] = -np.inf
    return float(nsc), float((moa[near.argmax(1)] == moa).mean())


def features_of(layout: Synthetic, screen: Screen) -> dict[str, Features]:
    """Return name -> features of every image, drawn by two processes."""
    blocks = np.array_split(np.arange(len(screen)), max(1, len(screen) // CHUNK))
    with ProcessPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(partial(_block, layout), blocks))
    names = [*PIXEL_FEATURES, "truth's parameters"]
    return {n: np.concatenate([p[k] for p in parts]) for k, n in enumerate(names)}


def _brightfield_block(layout: Brightfield, rows: Float[np.ndarray, " k"]) -> list[Features]:
    """Return intensity statistics, true counts of living and dead cells, and true parameters."""
    images = layout.read(rows).astype(np.float64)
    truth, counts = [], []
    for row in rows.tolist():
        known = layout.truth(row)
        dead = int((known.cells["state"] == "dying").sum())
        counts.append(np.log1p([len(known.cells) - dead, dead]))
        truth.append(
            [v if k in BRIGHTFIELD_SHARES else np.log(v) for k, v in known.parameters.items()]
        )
    return [intensity(images), np.array(counts), np.array(truth)]


def brightfield(seeds: int, strength: float) -> None:
    """Print speed and NSC of simple features on the brightfield screen."""
    cpu, one, two = speed(Brightfield())
    print(
        f"brightfield, 256 x 256 fields per second: {one:.1f} in one process "
        f"({cpu:.1f} per CPU second), {two:.1f} in two"
    )
    names = ("intensity statistics", "true cell counts", "truth's parameters")
    scores: dict[str, list[tuple[float, float]]] = {}
    for seed in range(seeds):
        layout = Brightfield(seed=seed, batch_strength=strength)
        meta = layout(Path()).meta
        blocks = np.array_split(np.arange(len(meta)), max(1, len(meta) // CHUNK))
        with ProcessPoolExecutor(WORKERS) as pool:
            parts = list(pool.map(partial(_brightfield_block, layout), blocks))
        for k, name in enumerate(names):
            # Controls do not vary in every parameter: these are divided by the overall deviation.
            by_controls = name != names[-1]
            features = np.concatenate([p[k] for p in parts])
            profile = standardized(meta, features, by_controls=by_controls)
            active = (meta["moa"] != "Antivirals").to_numpy()
            some = meta[active].reset_index(drop=True)
            pair = matches(meta, profile)[0], matches(some, profile[active])[0]
            scores.setdefault(name, []).append(pair)
    print(f"{'brightfield':<24}{'NSC':>8}{'active':>8}")
    for name, pairs in scores.items():
        nsc, only = np.mean(pairs, axis=0)
        print(f"{name:<24}{nsc:>8.3f}{only:>8.3f}")


def speed(layout: Synthetic | Brightfield, fields: int = 200) -> tuple[float, float, float]:
    """Return fields per CPU second, and per second of one process and of two."""
    rows = np.arange(fields) % len(layout(Path()))
    layout.read(rows[:4])
    start, busy = time.perf_counter(), time.process_time()
    layout.read(rows)
    cpu = fields / (time.process_time() - busy)
    one = fields / (time.perf_counter() - start)
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(layout.read, [rows[:4]] * WORKERS))  # start both
        start = time.perf_counter()
        list(pool.map(layout.read, np.array_split(rows, 10 * WORKERS)))
        two = fields / (time.perf_counter() - start)
    return cpu, one, two


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch-strength", type=float, default=1.0)
    arguments = parser.parse_args()
    cpu, one, two = speed(Synthetic())
    print(
        f"256 x 256 x 3 fields per second: {one:.1f} in one process ({cpu:.1f} per CPU second), "
        f"{two:.1f} in two"
    )
    scores: dict[str, list[tuple[float, float]]] = {}
    for seed in range(arguments.seeds):
        layout = Synthetic(seed=seed, batch_strength=arguments.batch_strength)
        screen = layout(Path())
        for name, features in features_of(layout, screen).items():
            by_controls = name in PIXEL_FEATURES
            profile = standardized(screen.meta, features, by_controls=by_controls)
            scores.setdefault(name, []).append(matches(screen.meta, profile))
    print(
        f"{len(screen)} images, batch strength {arguments.batch_strength:g}, "
        f"mean of seeds 0 to {arguments.seeds - 1}"
    )
    print(f"{'features':<24}{'NSC':>8}{'NSCB':>8}")
    for name, pairs in scores.items():
        nsc, nscb = np.mean(pairs, axis=0)
        print(f"{name:<24}{nsc:>8.3f}{nscb:>8.3f}")
    brightfield(arguments.seeds, arguments.batch_strength)


if __name__ == "__main__":
    main()
