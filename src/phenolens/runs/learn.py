"""The pixel half of a run: a screen becomes embeddings, and the baselines beside them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from phenolens.baselines.cell_count import cell_count_profiles
from phenolens.baselines.intensity import intensity_profiles
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.embed import embed
from phenolens.encoders import weights
from phenolens.pixels.base import apply_chain
from phenolens.runs.folder import Folder, training_identity, version, write_json
from phenolens.runs.learned import Learned
from phenolens.runs.processes import rank, wait_for
from phenolens.runs.progress import Bar
from phenolens.runs.recipe import Learning, Recipe
from phenolens.store.examples import example_images
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import fingerprint, prepare
from phenolens.training.fit import Cost, fit
from phenolens.training.monitor import Place, peak_memory_mb
from phenolens.views.stream import ViewStream

PLAIN_BASELINES = {
    "intensity": ("intensity statistics", intensity_profiles),
    "cell_count": ("cell count", cell_count_profiles),
}


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What every stage of a run needs: the recipe, its pixel half, the folder, the prepared pixels.

    Attributes:
        screen: The prepared pixels.
        limits: Intensity limits by plate and channel.
        designs: The screen that each model sees: all channels, or one each.
        weights: What training starts from: a model folder of ours, or a published checkpoint.
    """

    recipe: Recipe
    learning: Learning
    folder: Folder
    screen: Screen
    limits: Limits
    designs: Mapping[str, Screen]
    weights: Path | None


def learn(
    recipe: Recipe, learning: Learning, root: Path, folder: Folder, say: Callable[[str], None]
) -> Learned:
    """Prepare the pixels, train, embed, and make the baselines; each stage resumes.

    Raises:
        InputError: The screen, or the recipe's wishes for it, do not fit.
    """
    job = prepare_job(recipe, learning, root, folder)
    say(f"{len(job.screen)} images of {', '.join(job.screen.channels)}")
    encoders, costs, notes = {}, [], []
    for name, screen in job.designs.items():
        encoders[name], cost, note = train(job, name, screen, say)
        notes.append(note)
        costs += [cost] if cost else []
    began = time.perf_counter()
    embeddings = {name: embed_model(job, name, name, encoders[name]) for name in job.designs}
    return Learned(
        embeddings=embeddings,
        cost=_cost(costs, list(encoders.values()), time.perf_counter() - began),
        baselines=make_baselines(job),
        notes=tuple(dict.fromkeys(notes)),
        data={
            "root": root.resolve().name,
            "images": len(job.screen),
            "plates": int(job.screen.meta["plate"].nunique()),
            "channels": list(job.screen.channels),
            "fingerprint": fingerprint(job.screen),
        },
    )


def assist(recipe: Recipe, learning: Learning, root: Path, folder: Folder) -> None:
    """Train along with the first process, once it has prepared the pixels."""
    wait_for(folder.root / "examples.npz")  # the last file that preparation writes
    job = prepare_job(recipe, learning, root, folder)
    for name, screen in job.designs.items():
        train(job, name, screen, lambda _: None)


def prepare_job(recipe: Recipe, learning: Learning, root: Path, folder: Folder) -> Job:
    """Return the run's pixels prepared, with their limits and a few examples on disk."""
    given = root / recipe.weights if recipe.weights else None
    if given and not given.exists():
        raise InputError("no such weights", where=given, fix="paths start at --root")
    screen = apply_chain(learning.pixels, learning.screen(root))
    learning.embedding.tiles.check(screen.size)
    with Bar("prepare") as bar:
        screen = prepare(screen, folder.root / "store", progress=bar)
    path = folder.root / "store" / "limits.parquet"
    if not path.exists():
        Limits.of(screen).save(path)
    limits = Limits.load(path)
    designs = {"joint": screen}
    if recipe.design == "per_channel":
        designs = {channel: screen.select([channel]) for channel in screen.channels}
    _examples(screen, limits, folder.root)
    return Job(recipe, learning, folder, screen, limits, designs, given)


def new_encoder(job: Job, channels: int) -> nn.Module:
    """Return the recipe's encoder with random weights from its seed."""
    maker, settings = job.learning.encoder
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(job.recipe.seed)
        encoder: nn.Module = maker(channels, **settings)
    return encoder


def start_encoder(job: Job, screen: Screen) -> tuple[nn.Module, Path | None]:
    """Return the encoder that training starts from, and the published checkpoint yet to be read.

    Raises:
        InputError: The weights are a model of ours with other channels or of another kind.
    """
    encoder, given = new_encoder(job, len(screen.channels)), job.weights
    if not given or not (given / weights.CARD).exists():
        return encoder, given
    ours, _ = weights.load(given, screen.channels)
    weights.fill(encoder, ours.state_dict(), given, exact=True)
    return encoder, None


def train(
    job: Job, name: str, screen: Screen, say: Callable[[str], None]
) -> tuple[nn.Module, Cost | None, str]:
    """Return the trained encoder of one design, its cost and who was paired, in words.

    From disk where it is finished; from its checkpoint where it was begun.
    """
    learning, folder, seed = job.learning, job.folder, job.recipe.seed
    finished = folder.model(name) / "training.json"
    if finished.exists():
        encoder, _ = weights.load(folder.model(name), screen.channels)
        told = json.loads(finished.read_text(encoding="utf-8"))
        return encoder, Cost(**told["cost"]), told["note"]
    encoder, given = start_encoder(job, screen)
    if learning.method is None:
        if given:
            weights.load_published(encoder, given)
        return encoder, None, "The encoder was not trained: it is used as it was given."
    maker, settings = learning.method
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 1)
        method = maker(encoder, **settings)
    if given:
        method.load_published(given)
    stream = ViewStream(screen, job.limits, learning.views, learning.training.batch_size, seed)
    note, identity = pairs_said(stream), training_identity(job.recipe, name)
    say(f"train {name}: {stream.steps_per_epoch * learning.training.epochs} steps. {note}")
    place = Place(folder.checkpoint(name), folder.log(name), identity, name)
    cost = fit(method, stream, learning.training, place, seed)
    if not rank():
        facts = {"collapsed_loss": method.collapsed_loss, "dim": method.encoder.dim}
        write_json(folder.log(name).with_suffix(".json"), facts)
        weights.save(method.encoder, _card(job, screen, name), folder.model(name))
        write_json(finished, {"cost": asdict(cost), "note": note})
        place.checkpoint.unlink(missing_ok=True)
    return method.encoder, cost, note


def embed_model(job: Job, name: str, design: str, encoder: nn.Module) -> Profiles:
    """Return a model's embeddings of the screen of a design, from disk where they are finished.

    Always as the file holds them, so that a resumed run sees what an uninterrupted one does.
    """
    path = job.folder.embedding(name)
    if path.exists():
        return Profiles.load(path)
    encoder = encoder.to(device_of(job.learning.training.accelerator))
    with Bar(f"embed {name}") as bar:
        profiles = embed(
            encoder,
            job.designs[design],
            job.limits,
            job.learning.embedding.tiles,
            path.with_suffix(".parts"),
            progress=bar,
        )
    return Profiles.load(profiles.save(path))


def make_baselines(job: Job) -> dict[str, dict[str, Profiles]]:
    """Return each baseline's embeddings, by model; from disk where they are finished."""
    made: dict[str, dict[str, Profiles]] = {}
    if "untrained" in job.recipe.baselines:
        made["untrained encoder"] = {
            design: embed_model(
                job, f"untrained_{design}", design, new_encoder(job, len(screen.channels))
            )
            for design, screen in job.designs.items()
        }
    for key, (title, make) in PLAIN_BASELINES.items():
        if key in job.recipe.baselines:
            path = job.folder.embedding(key)
            if not path.exists():
                make(job.screen).save(path)
            made[title] = {key: Profiles.load(path)}
    return made


def device_of(accelerator: str) -> torch.device:
    """Return the device to embed on."""
    if accelerator == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(accelerator)


def pairs_said(stream: ViewStream) -> str:
    """Return who is paired, in words, with the counts of those that could not be."""
    counts, pairs = stream.sampler.counts, stream.settings.pairs
    if not stream.sampler.paired:
        return f"{counts['images']} images, each its own partner."
    rule = f"same {', '.join(pairs.same)}"
    rule += f", different {', '.join(pairs.differ)}" if pairs.differ else ""
    return (
        f"{counts['images']} images paired by {rule}: {counts['own_partner']} without a partner "
        f"stand with themselves, {counts['relaxed']} by the relaxed rule, "
        f"{counts['dropped']} left out."
    )


def _card(job: Job, screen: Screen, name: str) -> weights.Card:
    settings = job.recipe.settings
    return weights.Card(
        name=settings["encoder"]["name"],
        settings={k: v for k, v in settings["encoder"].items() if k != "name"},
        channels=screen.channels,
        pixel_size=screen.pixel_size,
        crop={**settings["embedding"], "pixels": settings["pixels"]},
        method=settings["method"],
        provenance={
            "recipe": job.recipe.name,
            "model": name,
            "seed": job.recipe.seed,
            "identity": training_identity(job.recipe, name),
            "phenolens": version(),
        },
    )


def _examples(screen: Screen, limits: Limits, folder: Path) -> None:
    path = folder / "examples.npz"
    if path.exists():
        return
    meta, images = example_images(screen, limits)
    meta.to_parquet(folder / "examples.parquet")
    beside = folder / "examples.part.npz"
    np.savez_compressed(beside, images=images, channels=np.array(screen.channels))
    beside.replace(path)


def _cost(costs: list[Cost], encoders: list[nn.Module], embed_seconds: float) -> dict[str, Any]:
    """Return what all models took together."""
    seconds = sum(cost.seconds for cost in costs)
    images = sum(cost.images_per_second * cost.seconds for cost in costs)
    return {
        "train_seconds": round(seconds, 1) if costs else None,
        "images_per_second": round(images / seconds, 1) if seconds else None,
        "steps": sum(cost.steps for cost in costs),
        "peak_memory_mb": round(max([c.peak_memory_mb for c in costs] or [peak_memory_mb()])),
        "embed_seconds": round(embed_seconds, 1),
        "device": costs[0].device if costs else "cpu",
        "parameters": sum(p.numel() for e in encoders for p in e.parameters()),
    }
