"""How long, how fast and how precisely a method is trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from phenolens.core.errors import InputError
from phenolens.core.ranges import MANY, above, at_least, below, between

Precision = Literal["auto", "float32", "bf16"]
_NOT_NEGATIVE = ("lr", "final_lr", "warmup_epochs", "weight_decay", "final_weight_decay", "clip")


@dataclass(frozen=True, kw_only=True)
class Watch:
    """When and on how many images the encoder is measured while it is trained.

    Attributes:
        every: Epochs between two looks; 0: none. The untrained encoder is measured too, and the
            last state.
        images: How many images at most, the same at every look: as many of each treatment as there
            can be, and up to a quarter controls.
    """

    every: int = 0
    images: int = 512

    def __post_init__(self) -> None:
        between(0, MANY, every=self.every)
        between(8, 8192, images=self.images)


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of the training loop; all of them change the result.

    Attributes:
        epochs: Passes over the images (or draws of as many).
        batch_size: Anchors per step, over all processes together.
        optimizer: `adamw`, `adam`, `sgd` or `lars` (SimCLR and BYOL with large batches).
        lr: Peak learning rate, reached after the warm-up.
        schedule: The learning rate after the warm-up. `cosine`: falls to `final_lr`. `constant`:
            stays. `steps`: multiplied by `factor` at each of `milestones`.
        final_lr: What the learning rate falls to along the cosine.
        milestones: Of `steps`: shares of the training, rising, each in (0, 1).
        factor: Of `steps`.
        warmup_epochs: Epochs of linear rise from 0.
        weight_decay: At the first step; not on biases and norms. `adamw` decays the weights
            themselves, the others add it to the gradient.
        final_weight_decay: What it goes to, along a cosine.
        momentum: Of `sgd` and `lars`.
        trust: Of `lars`: size of a step relative to that of a layer's weights.
        clip: Largest norm of the gradient; 0: not clipped.
        precision: `auto`: bf16 where the device has it, else float32.
        watch: When the encoder is measured, without labels of mechanisms.
        keep: Which state is kept: `last`, or `best_replicates`: that of the look at which
            replicates in other batches (or plates) were retrieved best.
    """

    epochs: int = 100
    batch_size: int = 16
    optimizer: Literal["adamw", "adam", "sgd", "lars"] = "adamw"
    lr: float = 5e-4
    schedule: Literal["cosine", "constant", "steps"] = "cosine"
    final_lr: float = 1e-6
    milestones: tuple[float, ...] = ()
    factor: float = 0.1
    warmup_epochs: float = 10.0
    weight_decay: float = 0.04
    final_weight_decay: float = 0.4
    momentum: float = 0.9
    trust: float = 0.001
    clip: float = 3.0
    precision: Precision = "auto"
    watch: Watch = field(default_factory=Watch)
    keep: Literal["last", "best_replicates"] = "last"

    def __post_init__(self) -> None:
        between(1, MANY, epochs=self.epochs, batch_size=self.batch_size)
        for name in _NOT_NEGATIVE:
            at_least(0, **{name: getattr(self, name)})
        below(0, 1, momentum=self.momentum)
        above(0, factor=self.factor, trust=self.trust)
        if self.warmup_epochs > self.epochs:  # the learning rate would never reach its peak
            raise InputError(
                f"must be at most epochs ({self.epochs}), got {self.warmup_epochs:g}",
                where="warmup_epochs",
                fix="make the training longer, or the warm-up shorter",
            )
        self._check_milestones()
        if self.keep != "last" and not self.watch.every:
            raise InputError(
                f"'{self.keep}' needs looks at the encoder",
                where="keep",
                fix="set training.watch.every to a number of epochs, as 10",
            )

    def _check_milestones(self) -> None:
        shares = self.milestones
        if bool(shares) != (self.schedule == "steps"):
            raise InputError(
                f"schedule '{self.schedule}' and milestones {list(shares)} do not fit together",
                where="milestones",
                fix="write milestones = [0.6, 0.8] with schedule = 'steps', and only there",
            )
        if not all(0 < share < 1 for share in shares) or any(a >= b for a, b in pairwise(shares)):
            raise InputError(
                f"must be rising shares of the training in (0, 1), got {list(shares)}",
                where="milestones",
            )
