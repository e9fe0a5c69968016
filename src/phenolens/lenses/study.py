"""Study: a lens for every seed and fold, and one that was trained on permuted labels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.core.progress import Progress, uncounted
from phenolens.lenses.frozen import Frozen
from phenolens.lenses.linear import LinearTraining, linear_probabilities
from phenolens.lenses.looks import Look, Looker
from phenolens.lenses.network import LensNetwork, Start, extractor, new_lens
from phenolens.lenses.train import LensTraining, train_lens
from phenolens.lenses.trial import Trial

FOLDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a study found.

    Attributes:
        trials: One for each seed.
        permuted: Of the first seed, with labels permuted over wells.
        looks: Of the first seed, one for each fold.
    """

    trials: tuple[Trial, ...]
    permuted: Trial
    looks: tuple[Look, ...]


@dataclass(eq=False)
class Study:
    """Lenses in front of one frozen extractor.

    Attributes:
        frozen: The extractor, with the task.
        plain: Embeddings of the tiles without a lens, in units of the controls.
        lens: How a lens is trained.
        linear: How the classifiers are trained that are compared.
        start: Of a lens.
        widths: Of a lens at random.
        shown: Examples of each kind that are kept, from each fold.
        progress: Called with (steps done, steps in all).
    """

    frozen: Frozen
    plain: Float64[np.ndarray, "n d"]
    lens: LensTraining
    linear: LinearTraining
    start: Start
    widths: tuple[int, ...]
    shown: int
    progress: Progress = uncounted
    _done: int = field(default=0, init=False)
    _all: int = field(default=0, init=False)

    def find(self, seeds: int, seed: int) -> Found:
        """Return what came out.

        Wells are dealt to two folds by each seed; a lens and both classifiers are trained on the
        wells of one fold and asked about those of the other. The lens of permuted labels has the
        same folds, batches and first weights.

        Args:
            seeds: How often.
            seed: The first one.

        Raises:
            InputError: The start needs a decoder that the model does not have, or a lens gives
                values that are not finite.
        """
        task = self.frozen.task
        compared = extractor(self.frozen.seen)
        lenses = seeds + 1 + (compared is None)
        self._done, self._all = 0, lenses * FOLDS * self.lens.steps
        fold = task.folds(seed, FOLDS)
        first = self._empty(fold, task.label)
        permuted = self._empty(fold, task.permuted(fold, np.random.default_rng(seed)))
        looks = []
        for used in (fold != held for held in range(FOLDS)):
            lens, none = (self._fill(trial, used, seed) for trial in (first, permuted))
            looker = Looker(self.frozen, compared or self._reconstructs(used, seed), lens, none)
            looks.append(looker.look(first, ~used, self.shown, seed))
        trials = [first]
        for later in range(seed + 1, seed + seeds):
            trials.append(self._empty(task.folds(later, FOLDS), task.label))
            for held in range(FOLDS):
                self._fill(trials[-1], trials[-1].fold != held, later)
        return Found(tuple(trials), permuted, tuple(looks))

    def _empty(self, fold: Int64[np.ndarray, " n"], labels: Int64[np.ndarray, " n"]) -> Trial:
        shape = (len(labels), len(self.frozen.task.names))
        return Trial(fold, labels, np.zeros(shape), np.zeros(shape))

    def _fill(self, trial: Trial, used: Bool[np.ndarray, " n"], seed: int) -> LensNetwork:
        """Train a lens and both classifiers on these tiles; note what they call the others."""
        lens = self._trained(trial.labels, used, self.lens, seed)
        arms = ((trial.before, self.plain), (trial.after, self.frozen.embed_all(lens)))
        for called, codes in arms:
            called[~used] = linear_probabilities(
                codes, trial.labels, used, called.shape[1], self.linear, seed
            )
        return lens

    def _reconstructs(self, used: Bool[np.ndarray, " n"], seed: int) -> LensNetwork:
        """Return a lens that was trained for reconstruction alone, from the same start."""
        alone = LensTraining(
            coefficient=0.0,
            steps=self.lens.steps,
            lr=self.lens.lr,
            linear_lr=self.lens.linear_lr,
            batch_size=self.lens.batch_size,
        )
        return self._trained(self.frozen.task.label, used, alone, seed)

    def _trained(
        self,
        labels: Int64[np.ndarray, " n"],
        used: Bool[np.ndarray, " n"],
        training: LensTraining,
        seed: int,
    ) -> LensNetwork:
        def step_done() -> None:
            self._done += 1
            self.progress(self._done, self._all)

        lens = new_lens(self.frozen.seen, self.start, self.widths, seed)
        rows = np.flatnonzero(used)
        return train_lens(lens, self.frozen, labels, rows, training, seed, step_done)
