"""One training of a run: where it keeps its state, what it looks at, and what the looks found."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from phenolens.methods.base import Method
from phenolens.runs.prepare import Pixels
from phenolens.runs.watched import watched
from phenolens.training.fit import Cost, fit
from phenolens.training.monitor import Place
from phenolens.training.verdict import figures_of, sentences, waiting_of, warnings
from phenolens.views.stream import ViewStream

LOG = "log.csv"


def train_in(place: Place, pixels: Pixels, name: str, method: Method, stream: ViewStream) -> Cost:
    """Train a method on a model's views, or go on where a killed process was.

    Args:
        place: Of its checkpoint and log.
        pixels: What it learns from.
        name: `joint`, or its channel.
        method: With its first weights.
        stream: Its views.
    """
    learning, machine = pixels.learning, pixels.job.machine
    training, embedding = learning.training, learning.embedding
    subset = watched(pixels.design(name), pixels.limits, embedding, training, learning.seed)
    return fit(method, stream, training, place, learning.seed, machine, subset)


def place_in(work: Path, key: str, name: str) -> Place:
    """Return where a training keeps its state.

    Args:
        work: Folder of the stage that is being made.
        key: Of the stage.
        name: `joint`, or its channel.
    """
    return Place(work / "checkpoint.pt", work / LOG, key, name)


def looked(place: Place, *, keeps_best: bool = False) -> dict[str, Any]:
    """Return what the looks at a finished training found: `figures`, and `looks` in words.

    The words are sentences on the figures, then warnings. `waiting` is the share of the time in
    which the device waited for views; it is a figure of the machine, as all costs are.

    Args:
        place: Of the training's log.
        keeps_best: Whether the state of the best look is kept: the words are about it.
    """
    with place.log.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    figures = figures_of(lines, keeps_best=keeps_best)
    looks = [*sentences(figures), *warnings(figures)]
    return {"figures": figures, "looks": looks, "waiting": waiting_of(lines)}
