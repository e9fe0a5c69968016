"""The stage `embed`: one model's embeddings of the screen it was trained on."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.embed import embed
from phenolens.encoders.base import Encoder
from phenolens.models.folder import load
from phenolens.runs.learned import Embeddings
from phenolens.runs.prepare import Pixels
from phenolens.runs.progress import Bar
from phenolens.runs.stages import Stage
from phenolens.runs.train import Trained
from phenolens.training.device import device_of

_TABLE = "embeddings.parquet"


def embed_model(pixels: Pixels, model: Trained) -> tuple[Embeddings, float]:
    """Return a model's embeddings, made or found, and the seconds that making them took.

    Always as the file holds them, so that a resumed run sees what an uninterrupted one does.
    """
    job = pixels.job
    stage = Stage(
        "embed",
        {"train": model.key, "embedding": pixels.learning.settings["embedding"]},
        f"{model.name} on {pixels.prepared.about}",
    )
    path = job.folder.embedding(model.name)
    record = job.obtain(stage, {_TABLE: path}, partial(_build, pixels, model))
    return Embeddings(stage.key, partial(Profiles.load, path)), record["seconds"]


def embed_into(
    pixels: Pixels, encoder: Encoder, screen: Screen, table: Path, title: str
) -> Profiles:
    """Write an encoder's embeddings of a screen into a table, and return them as it holds them.

    Finished parts are kept next to it until it is complete, so that a killed process resumes.
    """
    parts = table.with_suffix(".parts")
    if not _is_readable(pixels, table):
        machine = pixels.job.machine
        with Bar(f"embed {title}") as bar:
            profiles = embed(
                encoder.to(device_of(machine.accelerator)),
                screen,
                pixels.limits,
                pixels.learning.embedding.tiles,
                parts,
                machine.embed_batch_size,
                bar,
            )
        profiles.save(table)
    shutil.rmtree(parts, ignore_errors=True)  # only now: a kill before costs nothing
    return Profiles.load(table)


def _is_readable(pixels: Pixels, table: Path) -> bool:
    """Return whether a killed process had written this table; say where it is damaged."""
    if not table.exists():
        return False
    try:
        Profiles.load(table)
    except InputError:
        pixels.job.say(f"{table}: is damaged; it will be made again")
        return False
    return True


def _build(pixels: Pixels, model: Trained, work: Path) -> None:
    encoder = load(model.folder, pixels.designs[model.name]).encoder
    embed_into(pixels, encoder, pixels.design(model.name), work / _TABLE, model.name)
