"""Method: what turns the views of one step into a loss, and which encoder is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from phenolens.core.views import Views
from phenolens.encoders.weights import Report, load_published


@dataclass(frozen=True, slots=True)
class Clock:
    """Where training stands.

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
        embedding: (n, d), the kept encoder's embedding of one view of each anchor, detached.
    """

    terms: Mapping[str, Tensor]
    embedding: Tensor


class Method(nn.Module, ABC):
    """A way to learn an encoder from views.

    Attributes:
        collapsed_loss: What the loss is where every output is the same, if that is known.
    """

    collapsed_loss: float | None = None

    @property
    @abstractmethod
    def encoder(self) -> nn.Module:
        """The encoder that is kept when training ends; `dim` is the length of its embedding."""

    @abstractmethod
    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the loss terms of these views."""

    def forward(self, views: Views, clock: Clock) -> tuple[dict[str, Tensor], Tensor]:
        """Return (terms, embedding): the outcome in types that distributed wrappers take."""
        outcome = self.loss(views, clock)
        return dict(outcome.terms), outcome.embedding

    def trainable(self) -> list[nn.Parameter]:
        """Return the parameters that the optimiser moves."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def load_published(self, path: Path) -> Report:
        """Start the kept encoder from published weights.

        Raises:
            InputError: The file cannot be read, or names or shapes do not match; says which.
        """
        return load_published(self.encoder, path)

    def after_backward(self, clock: Clock) -> None:
        """Change the gradients before the optimiser sees them."""

    def after_step(self, clock: Clock) -> None:
        """Move what the optimiser does not: a teacher, a centre."""
