"""The stage `train`: one model, from its first weights to its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from phenolens.core.counts import count_of
from phenolens.core.files import write_text
from phenolens.core.foreign import foreign_code
from phenolens.core.small_files import read_small
from phenolens.models.card import Card
from phenolens.models.folder import save
from phenolens.runs.fitting import LOG, looked, place_in, train_in
from phenolens.runs.kept import is_kept, keep
from phenolens.runs.prepare import Pixels
from phenolens.runs.processes import announced, mark_of, wait_until
from phenolens.runs.stages import Stage, version
from phenolens.runs.start import given_encoder, pairs_note, start_method
from phenolens.training.fit import Cost
from phenolens.training.monitor import Place
from phenolens.training.verdict import kept_text, starved

_MODEL, _FACTS, _TRAINING = "model", "log.json", "training.json"
_NOTE = "finished.json"  # in the folder that a model is made in: its files, once all are there


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model in the run folder.

    Attributes:
        name: `joint`, or the model's channel.
        key: Of everything that shaped it.
        folder: Where it is.
        cost: What its training took; None where it was not trained.
        note: Who was paired, in words.
        parameters: Of the encoder.
        figures: What the looks at the encoder found (`training.verdict.figures_of`).
        looks: The same in words, and warnings with what to try.
        waiting: Share of the training in which the device waited for views; None if unknown.
    """

    name: str
    key: str
    folder: Path
    cost: Cost | None
    note: str
    parameters: int
    figures: Mapping[str, Any] = field(default_factory=dict)
    looks: tuple[str, ...] = ()
    waiting: float | None = None


def train(pixels: Pixels, name: str, weights: Path | None) -> Trained:
    """Return a model of the recipe, trained or found.

    Args:
        pixels: What it learns from.
        name: `joint`, or its channel.
        weights: What training starts from: a model folder of ours, or a published checkpoint.

    Raises:
        InputError: Weights, method or pairing do not fit.
    """
    job, stage = pixels.job, stage_of(pixels, name)
    job.obtain(stage, _places(pixels, name), partial(_build, pixels, name, weights))
    folder = job.folder.model(name)
    facts = json.loads(read_small(folder / _TRAINING))
    cost = Cost(**facts["cost"]) if facts["cost"] else None
    figures = facts.get("figures", {})
    looks = tuple(f"Training of {name}. {sentence}" for sentence in facts.get("looks", ()))
    note, parameters = facts["note"], facts["parameters"]
    waiting = facts.get("waiting")
    return Trained(name, stage.key, folder, cost, note, parameters, figures, looks, waiting)


def assist_training(pixels: Pixels, name: str, weights: Path | None) -> None:
    """Train along with the first process, unless it has found the model."""
    job, stage = pixels.job, stage_of(pixels, name)

    def found() -> bool:
        return job.cache.has(stage) or job.holds(stage, _places(pixels, name))

    wait_until(lambda: found() or _mark(pixels, stage).exists())
    if pixels.learning.method and not found():
        method, stream = start_method(pixels, name, weights, pixels.learning.method)
        train_in(_place(pixels, name, job.cache.work(stage)), pixels, name, method, stream)


def stage_of(pixels: Pixels, name: str) -> Stage:
    """Return the stage of one model's training."""
    learning = pixels.learning
    settings = learning.settings
    made_by = [made[0] for made in (learning.encoder, learning.method) if made]
    shapes = {key: settings.get(key) for key in ("views", "encoder", "method", "training")}
    shapes |= {"limits": pixels.limited.key, "seed": learning.seed}
    shapes |= {"channels": pixels.designs[name], "weights": pixels.inputs["weights"]}
    shapes |= {"code": foreign_code(*made_by)}
    if learning.training.watch.every:  # the looks see tiles, and may choose what is kept
        shapes |= settings["embedding"]
    method = settings["method"]["name"] if learning.method else "untrained"
    return Stage("train", shapes, f"{method}, {settings['encoder']['name']}, {name}")


def _build(pixels: Pixels, name: str, weights: Path | None, work: Path) -> None:
    """Train a model, or go on where a killed process was, and write its folder."""
    place, key = _place(pixels, name, work), stage_of(pixels, name).key
    note, made = work / _NOTE, [work / file for file in _places(pixels, name)]
    if not is_kept(note, key, made, pixels.job.say):
        _write(pixels, name, weights, work)
        keep(note, key, made)
    place.checkpoint.unlink(missing_ok=True)  # only now: a kill before this line costs no step


def _write(pixels: Pixels, name: str, weights: Path | None, work: Path) -> None:
    cost, note = None, "The encoder was not trained: it is used as it was given."
    if pixels.learning.method:
        method, stream = start_method(pixels, name, weights, pixels.learning.method)
        note, training = pairs_note(stream), pixels.learning.training
        pixels.job.say(
            f"train {name}: {count_of(stream.steps_per_epoch * training.epochs, 'step')}. {note}"
        )
        with announced(_mark(pixels, stage_of(pixels, name))):
            cost = train_in(_place(pixels, name, work), pixels, name, method, stream)
        encoder, parts = method.encoder, method.parts()
        facts = {"collapsed_loss": method.collapsed_loss, "dim": encoder.dim}
    else:
        encoder = given_encoder(pixels, name, weights)
        parts, facts = {}, {"collapsed_loss": None, "dim": encoder.dim}
    save(work / _MODEL, _card(pixels, name, encoder), encoder, parts)
    write_text(work / _FACTS, json.dumps(facts))
    made: dict[str, Any] = {"cost": asdict(cost) if cost else None, "note": note}
    made["parameters"] = sum(p.numel() for p in encoder.parameters())
    if cost:
        best = pixels.learning.training.keep == "best_replicates"
        made |= looked(_place(pixels, name, work), keeps_best=best)
    if kept := kept_text(made.get("figures", {})):
        pixels.job.say(f"train {name}: {kept}")
    if warning := starved(made.get("waiting")):
        pixels.job.say(f"train {name}: {warning}")
    write_text(work / _MODEL / _TRAINING, json.dumps(made, indent=1))


def _place(pixels: Pixels, name: str, work: Path) -> Place:
    return place_in(work, stage_of(pixels, name).key, name)


def _places(pixels: Pixels, name: str) -> dict[str, Path]:
    """Return what of the stage is kept in the run folder, and where."""
    folder = pixels.job.folder
    places = {_MODEL: folder.model(name), _FACTS: folder.log_facts(name)}
    return {**places, LOG: folder.log(name)} if pixels.learning.method else places


def _mark(pixels: Pixels, stage: Stage) -> Path:
    """Return the file that says to the other processes of a run: train along."""
    return pixels.job.folder.root / mark_of(stage.key)


def _card(pixels: Pixels, name: str, encoder: Any) -> Card:
    settings = pixels.learning.settings
    stage = stage_of(pixels, name)
    provenance: dict[str, Any] = {"seed": pixels.learning.seed, "training": stage.key}
    provenance |= {**pixels.inputs["data"], "weights": pixels.inputs["weights"]}
    return Card(
        encoder=encoder.described(settings["encoder"]),
        channels=pixels.designs[name],
        pixel_size=pixels.planned.pixel_size,
        pixels=tuple(settings["pixels"]),
        tiles=settings["embedding"]["tiles"],
        pool=settings["embedding"]["pool"],
        method=settings.get("method", {}),
        provenance={**provenance, "phenolens": version()},
    )
