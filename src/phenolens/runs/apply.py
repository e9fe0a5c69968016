"""A finished model on another screen: what `phenolens embed` does."""

from __future__ import annotations

from pathlib import Path

from phenolens.chains.settings import hashed
from phenolens.core.construct import construct
from phenolens.core.errors import InputError, listed
from phenolens.core.foreign import foreign_code
from phenolens.core.formats.dispatch import check_table
from phenolens.core.lock import held
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say, silent
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings, embed
from phenolens.models.folder import load
from phenolens.pixels.base import build_chain, replay
from phenolens.runs.progress import Bar
from phenolens.runs.stages import content_hash
from phenolens.runs.work import PARTS, STORE, clear_work, threads_of
from phenolens.store.fingerprint import fingerprint
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import Reuse, prepare
from phenolens.training.device import device_of


def embed_screen(
    model: Path, screen: Screen, work: Path, machine: Machine | None = None
) -> Profiles:
    """Return the embeddings that a saved model gives of a screen, one row per tile; resumable.

    The pixel steps of the model's card are applied again, tiles are cut and maps pooled as it says.
    `clear_work` deletes what is kept in `work`, once the embeddings are on disk.

    Args:
        model: Folder with `config.json` and `model.safetensors`.
        screen: What to embed; it must have the model's channels, and is put into their order.
        work: Folder for the prepared pixels and the finished shards.
        machine: Device, threads and batch size; they change no result.

    Raises:
        InputError: The screen lacks a channel of the model's, or its images are too small.
    """
    machine = machine or Machine()
    device = device_of(machine.accelerator)  # absent: said before the pixels are prepared
    loaded = load(model)
    card = loaded.card
    if missing := [name for name in card.channels if name not in screen.channels]:
        raise InputError(
            f"the model needs channels {listed(card.channels)}, the screen has "
            f"{listed(screen.channels)}; missing: {listed(missing)}",
            where=model,
            fix="give the screen's channels the model's names, where they are the same stains",
        )
    settings = construct(EmbeddingSettings, {"tiles": card.tiles, "pool": card.pool}, str(model))
    network = settings.network(loaded.encoder)
    screen = replay(card.pixels, screen, f"{model}: pixels").select(card.channels)
    settings.tiles.check(screen.size)  # before any pixel is prepared
    # Neither the pixels of another screen nor the shards of another model are taken for these.
    name, model_hash = fingerprint(screen), content_hash(model)[:16]
    own = not foreign_code(*build_chain(card.pixels))
    made_by = hashed({"pixels": card.pixels, "channels": card.channels}) if own else ""
    with threads_of(work):
        with Bar("prepare") as bar:
            store, earlier = work / f"{STORE}{name}", sorted(work.glob(f"{STORE}*"))
            reuse = Reuse(made_by, earlier)
            screen = prepare(screen, store, machine.threads, bar, reuse, machine.dask, count=True)
        limits = Limits.of_store(screen, store)
        parts = work / f"{PARTS}{model_hash}-{name}"
        with Bar("embed") as bar:
            return embed(
                network.to(device),
                screen,
                limits,
                settings.tiles,
                parts,
                machine.embed_batch_size,
                bar,
            )


def embed_into(  # from what to where, then two settings that change no result
    model: Path,
    screen: Screen,
    out: Path,
    machine: Machine | None = None,
    say: Say = silent,
    *,
    wait: bool = False,
) -> Path:
    """Write the embeddings that a saved model gives of a screen into a file; resumable.

    Prepared pixels and finished shards are kept in a folder next to it, `<out>.work`, until the
    file is there.

    Args:
        model: As `embed_screen`.
        screen: As `embed_screen`.
        out: The file; another process may not write it at the same time.
        machine: As `embed_screen`.
        say: Called where another process is waited for.
        wait: Whether to wait for it.

    Raises:
        InputError: As `embed_screen` and `check_table`; or another process writes it.
    """
    check_table(out)
    work = out.with_suffix(".work")
    if work.exists() and not work.is_dir():
        raise InputError("is a file; a folder of that name is needed", where=work, fix="rename it")
    with held(out, say, wait=wait), held(work, say, wait=wait):  # x.csv and x.parquet share x.work
        embed_screen(model, screen, work, machine).save(out)
        clear_work(work)
    return out
