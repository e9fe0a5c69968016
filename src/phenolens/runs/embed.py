"""The stage `embed`: one model's embeddings of the screen it was trained on."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.embed import embed
from phenolens.encoders.base import Encoder
from phenolens.models.folder import load
from phenolens.runs.kept import is_kept, keep
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
    job, stage = pixels.job, stage_of(pixels, model.name, model.key)
    path = job.folder.embedding(model.name)
    record = job.obtain(stage, {_TABLE: path}, partial(_build, pixels, model))
    return Embeddings(stage.key, partial(Profiles.load, path)), record["seconds"]


def embed_into(  # what to embed, where to, then its key and its title
    pixels: Pixels, encoder: Encoder, screen: Screen, table: Path, key: str, title: str
) -> Profiles:
    """Write an encoder's embeddings of a screen into a table, and return them as it holds them.

    Finished parts are kept next to it until it is complete, so that a killed process resumes; so
    is a note of its checksum, without which it is made again.

    Args:
        pixels: Of the run.
        encoder: What embeds.
        screen: What is embedded.
        table: The file to write.
        key: Of all that shapes the table.
        title: For the progress bar.
    """
    note, parts = table.with_suffix(".json"), table.with_suffix(f".{key}.parts")
    if not is_kept(note, key, [table], pixels.job.say):
        machine = pixels.job.machine
        with Bar(f"embed {title}") as bar:
            profiles = embed(
                pixels.learning.embedding.network(encoder).to(device_of(machine.accelerator)),
                screen,
                pixels.limits,
                pixels.learning.embedding.tiles,
                parts,
                machine.embed_batch_size,
                bar,
            )
        profiles.save(table)
        keep(note, key, [table])
    shutil.rmtree(parts, ignore_errors=True)  # only now: a kill before costs nothing
    return Profiles.load(table)


def stage_of(pixels: Pixels, model: str, trained: str) -> Stage:
    """Return the stage of one model's embeddings.

    Args:
        pixels: Of the run.
        model: Its name.
        trained: The key of its training.
    """
    shapes = {"train": trained, "embedding": pixels.learning.settings["embedding"]}
    return Stage("embed", shapes, f"{model} on {pixels.prepared.about}")


def _build(pixels: Pixels, model: Trained, work: Path) -> None:
    encoder = load(model.folder, pixels.designs[model.name]).encoder
    screen, key = pixels.design(model.name), stage_of(pixels, model.name, model.key).key
    embed_into(pixels, encoder, screen, work / _TABLE, key, model.name)
