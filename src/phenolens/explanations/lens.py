"""Lens: what a network in front of the encoder changes in images so that calls get better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from phenolens.calls.scales import Scales
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.explanation import ALIKE, Explanation
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, between
from phenolens.core.reading.flags import control_rows
from phenolens.explanations.base import Subject
from phenolens.lenses.figures import corrected, map_figures, shown_of
from phenolens.lenses.frozen import Frozen, scaled
from phenolens.lenses.linear import LinearTraining
from phenolens.lenses.network import Start, started
from phenolens.lenses.study import Found, Study
from phenolens.lenses.task import Task
from phenolens.lenses.train import LensTraining
from phenolens.lenses.trial import by_well, gains, gains_of_seeds

_NAME = "lens"
_REAL = 0.05  # p of a gain, below which it is more than chance
_LR = {"extractor": 5e-4, "random": 1e-3}  # of the paper


@dataclass(frozen=True, kw_only=True)
class Lens:
    """What a network in front of the frozen encoder changes so that calls get better, or worse.

    Dmitrenko et al. 2022 (arXiv 2203.04289): a lens L, an autoencoder, changes each image before
    the frozen encoder F; a linear classifier W calls what it is. W minimises CE(W F(L(x)), y), L
    minimises BCE(L(x), x) - c CE: with c < 0 it helps the classifier (regularized), with c > 0 it
    hinders it (adversarial). Afterwards two linear classifiers with the same training are compared,
    on embeddings with and without the lens: wells are dealt to two folds, and each is asked about
    wells that neither lens nor classifier has seen. The gain is tested over wells (sign flips).

    The map of a tile is |reconstruction - lens|^1.5, with the reconstruction of the run's own
    autoencoder, or, where there is none, of a lens with c = 0. Everything is made again with labels
    permuted over wells. It is trusted where the gain (of an adversarial lens the loss) is more
    than chance, that of permuted labels is not, and the maps of both correlate by less than 0.5
    (ranks of pixels).

    Attributes:
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        by: Column within which embeddings are compared with controls: plate; where plates have too
            few, batch, or empty for all together.
        coefficient: c. The paper tried 1 and 60, and -1, -20, -40, -60.
        start: `extractor`: from the weights of the run's autoencoder; `random`; empty: the first
            where the model has a decoder.
        widths: Of a lens at random: feature maps of each convolution; its decoder has them in the
            other direction.
        steps: Mini-batches that a lens is trained with. The paper: 5 epochs.
        batch_size: Tiles of a mini-batch.
        lr: Learning rate of a lens; 0: 5e-4 from the extractor, 1e-3 at random, as in the paper.
        epochs: Of the two classifiers that are compared.
        linear_lr: Learning rate of classifiers.
        top: A call is right if it is among so many guesses.
        seeds: How often wells are dealt and all is trained.
        most: Images of each value, and of the controls.
        shown: Examples of each kind that are kept.
        seed: The first one; of the deal of wells, the draw of images, first weights and batches.
    """

    title: ClassVar[str] = "Lens"
    needs_images: ClassVar[bool] = True

    same: str = ""
    by: str = "plate"
    coefficient: float = -20.0
    start: Start = ""
    widths: tuple[int, ...] = (128, 64, 32, 4)
    steps: int = 200
    batch_size: int = 64
    lr: float = 0.0
    epochs: int = 30
    linear_lr: float = 1e-3
    top: int = 3
    seeds: int = 3
    most: int = 24
    shown: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        between(-1e6, 1e6, coefficient=self.coefficient)
        between(1, MANY, steps=self.steps, batch_size=self.batch_size, epochs=self.epochs)
        between(1, MANY, top=self.top)
        between(2, MANY, most=self.most)  # a well for each fold
        between(1, 100, seeds=self.seeds)
        between(0, 100, shown=self.shown)
        between(0, 10, lr=self.lr)
        above(0, 10, linear_lr=self.linear_lr)
        between(0, LARGEST_SEED - self.seeds, seed=self.seed)
        if not 3 <= len(self.widths) <= 16:
            raise InputError("must be from 3 to 16 numbers", where="widths")
        for width in self.widths:
            between(1, 2**12, widths=width)

    def __call__(self, subject: Subject) -> Explanation:
        """Return how often wells are called right with and without, and what the lens changed.

        Raises:
            InputError: A column is missing, too few values or controls, `top` guesses cannot be
                wrong, no gradient passes through the encoder, or a lens from the extractor is asked
                for and the model has no decoder.
        """
        seen, embeddings = subject.seen(_NAME), subject.embeddings
        scales = Scales.of(embeddings, control_rows(embeddings.meta), self.by)
        tiles = len(seen.settings.tiles)
        task = Task.of(embeddings, scales, tiles, self.same, self.most, self.seed)
        if len(task.names) <= self.top:
            raise InputError(
                f"{self.top} guesses among {len(task.names)} values are always right",
                where="lens.top",
                fix="set top = 1",
            )
        study = self._study(Frozen.of(seen, task, scales), embeddings)
        with subject.bar(_NAME) as study.progress:
            found = study.find(self.seeds, self.seed)
        return self._explained(task, embeddings, found, seen.screen.channels)

    def _study(self, frozen: Frozen, embeddings: Profiles) -> Study:
        lr = self.lr or _LR[started(frozen.seen, self.start)]
        return Study(
            frozen=frozen,
            plain=scaled(frozen.scales, embeddings.finite(_NAME), frozen.task),
            lens=LensTraining(
                coefficient=self.coefficient,
                steps=self.steps,
                lr=lr,
                linear_lr=self.linear_lr,
                batch_size=self.batch_size,
            ),
            linear=LinearTraining(epochs=self.epochs, lr=self.linear_lr),
            start=self.start,
            widths=self.widths,
            shown=self.shown,
        )

    def _explained(
        self, task: Task, embeddings: Profiles, found: Found, channels: tuple[str, ...]
    ) -> Explanation:
        tops = tuple(dict.fromkeys((self.top, 1)))
        wells = by_well(task, found.trials, found.permuted, tops)
        figures = gains(wells, tops, self.seed)
        figures |= gains_of_seeds(task, found.trials, self.top)
        figures |= map_figures(task, found, channels)
        figures |= corrected(task, found.trials)
        shown, pictures = shown_of(found.looks, self.shown)
        about = embeddings.meta.iloc[task.row[shown["place"].to_numpy(np.int64)]]
        classes = count_of(len(task.names), "class", "classes")
        what = f"{count_of(len(wells), 'well')}, {classes} of {task.same}"
        notes, trusted = self.judged(figures, what)
        return Explanation(
            name=_NAME,
            rows=_with_maps(wells, embeddings, task, found),
            figures=figures,
            notes=notes,
            trusted=trusted,
            pictures=pictures,
            shown=_placed(shown, about),
        )

    def judged(self, figures: Mapping[str, float], about: str) -> tuple[tuple[str, ...], bool]:
        """Return the notes, and whether gain and maps passed their tests.

        Args:
            figures: Of the explanation.
            about: What was judged, for the first note.
        """
        name, wanted = f"top{self.top}_gain", -1 if self.coefficient > 0 else 1
        real, none = (
            wanted * figures[f"{kind}{name}"] > 0 and figures[f"{kind}{name}_p"] < _REAL
            for kind in ("", "permuted_")
        )
        effect = "gain" if wanted > 0 else "loss"
        alike = figures["maps_as_permuted"]
        kinds = ("regularized", "reconstructing", "adversarial")
        kind = kinds[int(np.sign(self.coefficient)) + 1]
        notes = [
            f"{about}, {self.seeds} {'seed' if self.seeds == 1 else 'seeds'}; {kind} lens, "
            f"coefficient {self.coefficient:g}, {self.steps} steps"
        ]
        if wanted * figures[name] < 0 and figures[f"{name}_p"] < _REAL:
            notes.append(_backwards(wanted))
        elif not real:
            notes.append(f"the {effect} is not more than chance")
        if self.seeds == 1:
            notes.append(
                "one seed: nothing is known of other deals of wells, nor of other first weights"
            )
        if none:
            notes.append(f"permuted labels give a {effect} too, so it is not one of the labels")
        notes.append(
            f"maps correlate by {alike:.2f} with those of permuted labels (trusted below {ALIKE})"
        )
        return tuple(notes), bool(real and not none and alike < ALIKE)


def _backwards(wanted: int) -> str:
    """Return what an effect beyond chance in the wrong direction means."""
    if wanted < 0:
        return "calls are better with the lens than without, which an adversarial lens must not do"
    return (
        "calls are worse with the lens than without: it does not copy images well enough yet. A "
        "lens from random weights must learn that first; train it longer, or start from the "
        "extractor of an autoencoder. Until then its maps show where it copies badly, not what a "
        "call needs"
    )


def _with_maps(wells: pd.DataFrame, embeddings: Profiles, task: Task, found: Found) -> pd.DataFrame:
    """Return the wells with their plate and name, and the mean shares of their maps."""
    shares = pd.concat([look.shares for look in found.looks], ignore_index=True)
    well = task.well[shares.pop("place").to_numpy(np.int64)]
    means = shares.groupby(well, observed=True).mean()
    where = embeddings.meta.iloc[wells.pop("row")].reset_index(drop=True)
    made = wells.join(where[["plate", "well"]])
    return made.join(means.reset_index(drop=True))


def _placed(shown: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Return the examples with what their images are."""
    wanted = ("plate", "well", "site", "cell", "tile", "treatment")
    kept: dict[str, Any] = {c: about[c].to_numpy() for c in wanted if c in about}
    return shown.drop(columns="place").assign(**kept)
