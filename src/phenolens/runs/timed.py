"""Timed: what a step of a training takes on this machine, from a few real ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from phenolens.core.machine import Machine
from phenolens.runs.images import OpenImages
from phenolens.runs.job import Job
from phenolens.runs.source import Opened
from phenolens.runs.start import start_method
from phenolens.runs.train import stage_of
from phenolens.training.fit import fit
from phenolens.training.monitor import Place

WARM_UP, TIMED = 2, 4  # steps that are not timed, and steps that are


@dataclass(frozen=True, slots=True)
class Pace:
    """What a training will take.

    Attributes:
        seconds_per_step: After the warm-up.
        steps: Of the whole training.
    """

    seconds_per_step: float
    steps: int

    @property
    def seconds(self) -> float:
        """Of the whole training, looks at the encoder left out."""
        return self.seconds_per_step * self.steps


def timed_steps(job: Job, opened: Opened, known: Mapping[str, Pace]) -> dict[str, Pace]:
    """Return the pace of each training of a run, by the key of its stage.

    The pixels are prepared if they are not yet: in the cache, where the run finds them. Then
    `WARM_UP` and `TIMED` steps are taken in a folder that is deleted.

    Args:
        job: The run.
        opened: Where it begins; a table has no training.
        known: Trainings that were timed before, or need not be.
    """
    if not isinstance(opened, OpenImages) or opened.learning.method is None:
        return {}
    pixels = opened.pixels(job)
    trainings = {stage_of(pixels, name).key: name for name in pixels.designs}
    found = {}
    for key, name in trainings.items():
        if key not in known:
            with TemporaryDirectory(prefix="phenolens-") as work:
                found[key] = _pace(job, opened, name, Path(work))
    return found


def _pace(job: Job, opened: OpenImages, name: str, work: Path) -> Pace:
    pixels, learning = opened.pixels(job), opened.learning
    assert learning.method is not None  # noqa: S101 -- for the type checker
    method, stream = start_method(pixels, name, opened.weights, learning.method)
    steps = stream.steps_per_epoch * learning.training.epochs
    machine: Machine = replace(job.machine, checkpoint_every=steps, log_every=steps)
    place = Place(work / "checkpoint.pt", work / "log.csv", "timed", f"time {name}")
    pace = partial(fit, method, stream, learning.training, seed=learning.seed, machine=machine)
    warm = pace(replace(place, stop_after=WARM_UP))
    if warm.finished:
        return Pace(warm.seconds / warm.steps, steps)
    both = pace(replace(place, stop_after=TIMED))
    return Pace((both.seconds - warm.seconds) / (both.steps - warm.steps), steps)
