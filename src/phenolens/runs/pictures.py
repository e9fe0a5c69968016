"""Pictures kept for the page of a run: a few of each treatment, and the worst flagged ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int64, UInt8
from torch.nn.functional import adaptive_avg_pool2d

from phenolens.core.files import written
from phenolens.core.screen import Screen
from phenolens.quality.flags import KINDS
from phenolens.quality.measured import measure
from phenolens.runs.job import Job
from phenolens.runs.stages import Stage
from phenolens.store.examples import example_images
from phenolens.store.limits import Limits

_IMAGES, _META = "flagged.npz", "flagged.parquet"
EACH = 6  # images of a kind
_MEASURED = 60  # flagged images of a kind, spread over the rows, of which the worst are taken
# Kind -> the measure by which its images are sorted, and whether high is bad.
_WORST = {
    "blurred": ("sharpness", False),
    "saturated": ("at_highest", True),
    "empty": ("contrast", False),
    "debris": ("brightest", True),
    "light": ("spread", True),
}


def write_examples(screen: Screen, limits: Limits, pixels: Path, table: Path) -> None:
    """Write a few images of every treatment and their table."""
    _write(screen, example_images(screen, limits), pixels, table)


def keep_flagged(job: Job, limited: Stage, prepared: Callable[[], tuple[Screen, Limits]]) -> None:
    """Bring the worst flagged images into the run folder.

    Args:
        job: The run.
        limited: The stage of the limits.
        prepared: Returns the prepared pixels and their limits; called where the pictures are made.
    """
    stage = Stage("flagged", {"limits": limited.key}, limited.about)
    places = {_IMAGES: job.folder.flagged, _META: job.folder.flagged_meta}

    def build(work: Path) -> None:
        screen, limits = prepared()
        _write(screen, flagged_images(screen, limits), work / _IMAGES, work / _META)

    job.obtain(stage, places, build)


def is_flagged(screen: Screen) -> bool:
    """Return whether `flag_quality` is among the pixel steps."""
    return any(entry["step"] == "flag_quality" for entry in screen.history)


def flagged_images(
    screen: Screen, limits: Limits, side: int = 128
) -> tuple[pd.DataFrame, UInt8[np.ndarray, "k c h w"]]:
    """Return metadata and small 8-bit pictures of the worst flagged images of each kind.

    The table has the screen's columns, `kind`, and `flagged`: how many images of that kind there
    are. Six of a kind at most; of more than 60 flagged images, 60 are measured.

    Args:
        screen: The prepared pixels, with the columns of `flag_quality`.
        limits: Of its plates: all pictures of a plate have one contrast.
        side: The longer side of a picture, in pixels.
    """
    tables, chosen = [], []
    for kind in KINDS:
        rows = np.flatnonzero(screen.meta[f"quality_{kind}"])
        worst = _worst(screen, rows, kind)
        tables.append(screen.meta.iloc[worst].assign(kind=kind, flagged=len(rows)))
        chosen.append(worst)
    shrink = min(1.0, side / max(screen.size))
    size = (max(1, round(screen.size[0] * shrink)), max(1, round(screen.size[1] * shrink)))
    images = np.zeros((sum(map(len, chosen)), len(screen.channels), *size), dtype=np.uint8)
    row_limits = limits.on(screen)
    for place, row in enumerate(np.concatenate(chosen)[:, None]):
        pixels = row_limits.rescale(torch.from_numpy(screen.read(row)), row)
        images[place] = (adaptive_avg_pool2d(pixels, size)[0].sqrt() * 255).round().numpy()
    return pd.concat(tables, ignore_index=True), images


def _write(
    screen: Screen, made: tuple[pd.DataFrame, np.ndarray], pixels: Path, table: Path
) -> None:
    meta, images = made
    with written(table) as partial:
        meta.to_parquet(partial)
    with written(pixels) as partial:
        np.savez_compressed(partial, images=images, channels=np.array(screen.channels))


def _worst(screen: Screen, rows: Int64[np.ndarray, " n"], kind: str) -> Int64[np.ndarray, " k"]:
    if len(rows) > _MEASURED:
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, _MEASURED).round().astype(np.int64))]
    if not len(rows):
        return rows
    name, high = _WORST[kind]
    by = measure(screen.take(rows)).groupby("image", observed=True)[name]
    score = by.max() if high else -(by.max() if kind == "empty" else by.min())
    return rows[score.sort_values(ascending=False, kind="stable").index[:EACH].to_numpy()]
