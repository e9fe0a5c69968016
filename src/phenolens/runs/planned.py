"""Planned: the stages that a run will need, known before any of them is made."""

from __future__ import annotations

from typing import NoReturn

from phenolens.runs.job import Job
from phenolens.runs.learned import Embeddings
from phenolens.runs.profile import Profiled
from phenolens.runs.score import score_stages
from phenolens.runs.source import Opened, OpenTable
from phenolens.runs.stages import Stage


def planned_stages(job: Job, opened: Opened) -> tuple[Stage, ...]:
    """Return every stage of a run, in order, with the key that it will have.

    What baselines need after their embeddings (profiles, scores) is not among them: how many models
    a baseline has is known only once it is made.

    Args:
        job: The run; nothing of it is written.
        opened: Where it begins.
    """
    learned: tuple[Stage, ...] = ()
    if isinstance(opened, OpenTable):
        keys = {"table": opened.key}
    else:
        learned, keys = _images(job, opened)
    profiled = Profiled(job, {name: Embeddings(key, _not_made) for name, key in keys.items()})
    return (*learned, profiled.stage, *score_stages(job, profiled).values())


def _images(job: Job, opened: Opened) -> tuple[tuple[Stage, ...], dict[str, str]]:
    """Return the stages up to the embeddings, and the key of each model's embeddings."""
    from phenolens.runs.baselines import (  # torch, only where there are pixels
        baseline_stages,
        joined_keys,
        joined_stages,
        measured_stages,
    )
    from phenolens.runs.embed import stage_of as embed_stage
    from phenolens.runs.images import OpenImages
    from phenolens.runs.measured import measured_key
    from phenolens.runs.train import stage_of as train_stage

    if not isinstance(opened, OpenImages):
        raise TypeError(f"no stages are known of {type(opened).__name__}")
    pixels = opened.pixels(job)
    trained = {name: train_stage(pixels, name) for name in pixels.designs}
    embedded = {name: embed_stage(pixels, name, made.key) for name, made in trained.items()}
    measured, joined = measured_stages(pixels), joined_stages(pixels)
    baselines = (measured | joined | baseline_stages(pixels)).values()
    stages = (pixels.prepared, pixels.limited, *trained.values(), *embedded.values(), *baselines)
    keys = [stage.key for stage in measured.values()]
    models = {name: one.key for name, one in embedded.items()}
    every = {**models, **joined_keys(pixels, models)}
    return stages, {name: measured_key(key, keys) for name, key in every.items()}


def _not_made() -> NoReturn:
    raise RuntimeError("a planned run has no embeddings yet")
