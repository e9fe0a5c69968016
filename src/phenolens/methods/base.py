"""Method: what turns the views of one step into a loss, and which encoder is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.views import Kind, ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.models.folder import Part
from phenolens.networks.processes import share_statistics
from phenolens.networks.published import Report, load_published


@dataclass(frozen=True, slots=True)
class Clock:
    """How far training is.

    Attributes:
        step: Optimiser steps done before this one, 0 .. steps - 1.
        steps: Optimiser steps in all.
        epoch: Epochs done before this one, 0 .. epochs - 1.
        epochs: Epochs in all.

    Example:
        >>> Clock(step=5, steps=20, epoch=1, epochs=4).progress
        0.25
    """

    step: int
    steps: int
    epoch: int
    epochs: int

    @property
    def progress(self) -> float:
        """The share of training done before this step, in [0, 1]."""
        return self.step / max(self.steps, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one step gives.

    Attributes:
        terms: Loss terms by name, scalars; their sum is minimised.
        embedding: (n, d), detached: the embeddings by which training is watched (its effective
            rank, whether it collapses). Usually the kept encoder's embedding of one view of each
            anchor. Where the training pass differs from what is kept (masked images, a lens before
            the encoder) it may be that pass's; what `embed` writes later is `encoder(images)`.
    """

    terms: Mapping[str, Tensor]
    embedding: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class ParameterGroup:
    """Parameters that are trained with the same settings.

    Attributes:
        parameters: Each trainable parameter of a method is in exactly one group.
        lr: Their learning rate, as a multiple of the recipe's.
        decay: Their weight decay, as a multiple of the recipe's. Vectors (biases, norms) are never
            decayed.
    """

    parameters: tuple[nn.Parameter, ...]
    lr: float = 1.0
    decay: float = 1.0


class Method(nn.Module, ABC):
    """A way to learn an encoder from views.

    A subclass is built as `Foo(encoder, facts, **settings)`. It calls `super().__init__(facts)` and
    sets `self.encoder`. There is one optimizer and one backward pass: what should be learnt in the
    other direction is put behind a `GradientScale`, what should learn at another speed into a
    group of its own.

    Attributes:
        encoder: What is kept when training ends; `embed` calls it on whole tiles. The pass in
            `loss` may be another one (masked images, two views, a moving average).
        facts: What is known of the views: channels, sizes, values of the requested columns.
        collapsed_loss: Value of the loss where every output is the same, if that is known.
        accepts_missing: Whether a requested column may have missing values, whose code is -1.
        least_views: How many views a step must have.
    """

    accepts_missing: ClassVar[bool] = False
    least_views: ClassVar[int] = 1
    encoder: Encoder
    collapsed_loss: float | None = None

    def __init__(self, facts: ViewFacts) -> None:
        """Take note of the facts.

        Raises:
            InputError: An image that is trained on lacks a value that the method needs, or a step
                has too few views.
        """
        super().__init__()
        self.facts = facts
        if 0 < facts.views < self.least_views:
            raise InputError(
                f"the method compares at least {self.least_views} views of a step, and a step has "
                f"{facts.views}",
                where="views",
                fix="raise crops.global_views, or take more views in turn",
            )
        if facts.missing and not self.accepts_missing:
            raise InputError(
                f"the method needs values that are missing: {'; '.join(facts.missing.values())}",
                where="method",
                fix="fill them in, or leave those images out with views.where",
            )

    @classmethod
    def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the columns of the screen's table whose codes the views must carry.

        Args:
            settings: The method's settings, all of them.
        """
        del settings
        return ()

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range, naming it.

        A recipe calls it before pixels are read, the constructor before it builds anything.

        Args:
            settings: The method's settings, all of them.
        """
        del settings

    @classmethod
    @abstractmethod
    def example(cls) -> tuple[Method, Views]:
        """Return the smallest method of this kind and views for it: for contract tests.

        Its weights come from torch's global generator; the views are always the same.
        """

    @abstractmethod
    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the loss terms of these views."""

    def keep(self, encoder: Encoder) -> None:
        """Make a module that this method has already the encoder that is kept.

        It is not registered a second time: checkpoints hold it once.
        """
        self.__dict__["encoder"] = encoder

    def share_statistics(self) -> None:
        """Let batch normalisation use the rows of all processes that train together."""
        share_statistics(self)

    def forward(self, views: Views, clock: Clock) -> tuple[dict[str, Tensor], Tensor]:
        """Return (terms, embedding): the outcome in types that distributed wrappers take."""
        outcome = self.loss(views, clock)
        return dict(outcome.terms), outcome.embedding

    def trainable(self) -> list[nn.Parameter]:
        """Return the parameters that a gradient may reach."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def groups(self) -> list[ParameterGroup]:
        """Return the parameters that the optimizer moves: one group unless a method says more."""
        return [ParameterGroup(tuple(self.trainable()))]

    def parts(self) -> Mapping[str, Part]:
        """Return what is kept next to the encoder, by name (a decoder, a lens); here nothing."""
        return {}

    def load_published(self, path: Path) -> Report:
        """Start the kept encoder from published weights.

        Raises:
            InputError: The file cannot be read, or names or shapes do not match; says which.
        """
        return load_published(self.encoder, path)

    def after_backward(self, clock: Clock) -> None:
        """Change the gradients before the optimizer uses them."""

    def after_step(self, clock: Clock) -> None:
        """Move what the optimizer does not: a teacher, a centre."""


def example_views(facts: ViewFacts, n: int = 6) -> Views:
    """Return two random views of each kind for n anchors, the same each time: for `example()`.

    The first view of a kind shows the anchor, the second the partner. Images i, i + 1, ... have the
    values of the requested columns in turn.

    Args:
        facts: Channels, sizes and columns of the views.
        n: Anchors; a batch of them.
    """
    generator = torch.Generator().manual_seed(1)
    kinds: list[Kind] = [kind for kind in facts.sizes for _ in range(2)]
    sizes = [facts.sizes[kind] for kind in kinds]
    images = tuple(torch.rand(n, len(facts.channels), s, s, generator=generator) for s in sizes)
    rows = torch.stack((torch.arange(n), torch.arange(n).roll(1)), dim=1)
    codes = {name: rows % len(values) for name, values in facts.values.items()}
    return Views(images, tuple(kinds), tuple(i % 2 for i in range(len(kinds))), rows, codes)


def example_ramps(facts: ViewFacts, n: int = 6) -> Views:
    """Return views as `example_views`, bright on one side: what a decoder can learn to draw."""
    views = example_views(facts, n)
    images = []
    for view in views.images:
        ramp = torch.linspace(0, 1, view.shape[-1])
        turn = torch.arange(n)[:, None, None, None] % 2
        images.append((0.9 * (ramp * (1 - turn) + ramp.flip(0) * turn) + 0.1 * view).contiguous())
    return Views(tuple(images), views.kinds, views.sources, views.rows, views.codes)
