"""The pixel half of a run: images become embeddings, and the baselines are made next to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.core.counts import count_of
from phenolens.core.screen import Screen, left_out_facts, left_out_text
from phenolens.runs.baselines import make_baselines, make_features, with_joined, with_measured
from phenolens.runs.cost import total_cost
from phenolens.runs.early import refuse_early
from phenolens.runs.embed import embed_model
from phenolens.runs.job import Job
from phenolens.runs.learned import Embeddings, Learned
from phenolens.runs.learning import Learning
from phenolens.runs.prepare import Pixels
from phenolens.runs.same_threads import same_threads
from phenolens.runs.train import assist_training, train
from phenolens.training.device import device_of


@dataclass(frozen=True, slots=True, eq=False)
class OpenImages:
    """A screen and the weights to start from, found and fingerprinted.

    Attributes:
        learning: What the recipe says of them.
        screen: As its layout reads it; no pixel is prepared yet.
        weights: A model's folder or a published checkpoint, if training starts from one.
        inputs: Hashes of both.
    """

    learning: Learning
    screen: Screen
    weights: Path | None
    inputs: Mapping[str, Any]

    @property
    def paths(self) -> Sequence[Path]:
        """The given weights; images are below the root, next to the folders of runs."""
        return [self.weights] if self.weights else []

    @property
    def makers(self) -> Sequence[object]:
        """The classes and objects that make the embeddings."""
        learning = self.learning
        method = [learning.method[0]] if learning.method else []
        objects = [learning.screen, *learning.pixels, *learning.baselines.values()]
        objects += [*learning.measured.values(), *learning.features.values()]
        objects += learning.joined.values()
        encoder = [learning.encoder[0]] if learning.encoder else []
        return (*objects, *encoder, *method)

    def refuse(self, job: Job) -> None:
        """Raise InputError where device, screen and recipe do not fit, before anything is written.

        Raises:
            InputError: As `start.refuse_early`, or this machine has no such device.
        """
        device_of(job.machine.accelerator)
        refuse_early(self.pixels(job))

    def embeddings(self, job: Job) -> Learned:
        """Prepare the pixels, train and embed every model, and make the baselines.

        Raises:
            InputError: The screen does not fit what the recipe asks for.
        """
        with same_threads(job.folder, job.say):
            return self._embeddings(job)

    def _embeddings(self, job: Job) -> Learned:
        pixels = self.pixels(job)
        job.say(f"{count_of(len(pixels.planned), 'image')} of {', '.join(pixels.planned.channels)}")
        pixels.keep_examples()
        if self.learning.features:
            return self._measured(pixels)
        trained = {name: train(pixels, name, self.weights) for name in pixels.designs}
        embedded = {name: embed_model(pixels, one) for name, one in trained.items()}
        left_out = _left_out(pixels, *(embeddings for embeddings, _ in embedded.values()))
        models = {name: embeddings for name, (embeddings, _) in embedded.items()}
        return Learned(
            embeddings=with_measured(pixels, with_joined(pixels, models)),
            baselines=make_baselines(pixels),
            cost=total_cost(
                [*trained.values()],
                sum(spent for _, spent in embedded.values()),
                self.learning.training.epochs if self.learning.method else None,
            ),
            notes=(
                *map(left_out_text, left_out),
                *dict.fromkeys(one.note for one in trained.values()),
                *(note for one in trained.values() for note in one.looks),
            ),
            training={name: one.figures for name, one in trained.items() if one.figures},
            pixels=pixels,
            trained=trained,
            data={**pixels.facts, **({"left_out": left_out[0]} if left_out else {})},
        )

    def _measured(self, pixels: Pixels) -> Learned:
        """Return what is measured in the images, as the embeddings of one model."""
        given = make_features(pixels)
        left_out = [left_out_facts(lost)] if (lost := pixels.screen.left_out) else []
        return Learned(
            embeddings=with_measured(pixels, given),
            baselines=make_baselines(pixels),
            notes=tuple(map(left_out_text, left_out)),
            data={**pixels.facts, **({"left_out": left_out[0]} if left_out else {})},
        )

    def assist(self, job: Job) -> None:
        """Train along with the first process, which prepares the pixels."""
        pixels = self.pixels(job)
        for name in pixels.designs if self.learning.encoder else ():
            assist_training(pixels, name, self.weights)

    def pixels(self, job: Job) -> Pixels:
        """Return the pixels of the run, of which nothing is prepared yet."""
        return Pixels(job, self.learning, self.screen, self.inputs)


def _left_out(pixels: Pixels, *embeddings: Embeddings) -> list[Mapping[str, Any]]:
    """Return how many images could not be read, from the provenance of the first embeddings.

    The prepared pixels know it too, but a run whose stages are all there does not need them.
    """
    if pixels.planned.left_out is None:
        return []
    entries = embeddings[0].load().provenance
    return [entry["left_out"] for entry in entries if "left_out" in entry]
