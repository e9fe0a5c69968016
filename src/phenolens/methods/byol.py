"""BYOL: a network predicts what its own moving average says of another view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.byol import byol_loss
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.methods.teacher import (
    Tower,
    each_alone,
    follow,
    leave_statistics,
    make_teacher,
    rising_momentum,
)
from phenolens.networks.projection import Projection
from phenolens.networks.published import Report, load_published


class Byol(Method):
    """A network predicts its own average's projection of another view; it needs no negatives.

    Grill et al. 2020. Dmitrenko et al. 2022: out 64, hidden 2048, momentum 0.8, rising false.
    The target follows the online network's parameters and its buffers (running statistics of batch
    normalisation). In training both normalise by the statistics of the step, view by view.

    The kept encoder is the online one.
    """

    least_views = 2

    def __init__(
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        out: int = 256,
        hidden: int = 4096,
        momentum: float = 0.996,
        rising: bool = True,
    ) -> None:
        """Put projector and predictor on the encoder, and make the target: a copy.

        Args:
            encoder: What is trained and kept.
            facts: What is known of the views; none of it is needed.
            out: Length of a projection.
            hidden: Width of the hidden layer of projector and predictor.
            momentum: Of the target's average at the start.
            rising: Whether it rises to 1 along a cosine; else it stays.
        """
        super().__init__(facts)
        self.check({"out": out, "hidden": hidden, "momentum": momentum})
        self.online = Tower(encoder, _mlp(encoder.dim, hidden, out))
        self.predictor = _mlp(out, hidden, out)
        self.target = make_teacher(self.online)
        leave_statistics(self.target)
        self.keep(encoder)
        self.momentum, self.rising = momentum, rising

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        between(1, 2**16, out=settings["out"], hidden=settings["hidden"])
        between(0, 1, momentum=settings["momentum"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return BYOL on two small blocks, and two views of 16 pixels."""
        facts = ViewFacts(("DNA", "Actin"), {"global": 16})
        encoder = ConvNet(facts.channels, widths=(8, 16))
        return cls(encoder, facts, out=8, hidden=16), example_views(facts)

    def load_published(self, path: Any) -> Report:
        """Start both encoders from published weights.

        Raises:
            InputError: The file cannot be read, or names or shapes do not match; says which.
        """
        report = load_published(self.encoder, path)
        self.target.backbone.load_state_dict(self.encoder.state_dict())
        return report

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return how far the predictions are from the target's projections of the other views.

        The target sees the global views, the online network all of them.

        Raises:
            InputError: There is no global view, or no second view to predict it from.
        """
        del clock
        large, small = views.of_kind("global"), views.of_kind("local")
        if not large or len(views) < 2:
            raise InputError(
                f"BYOL needs a global view and another view, got {len(large)} global and "
                f"{len(small)} local ones"
            )
        with torch.no_grad():
            _, target = each_alone(self.target, large)
        embedding, online = each_alone(self.online, (*large, *small))
        predicted = torch.stack([self.predictor(z) for z in online])
        return Outcome({"byol": byol_loss(target, predicted)}, embedding[0].detach())

    def after_step(self, clock: Clock) -> None:
        """Move the target towards the online network."""
        momentum = rising_momentum(self.momentum, clock.progress) if self.rising else self.momentum
        follow(self.target, self.online, momentum=momentum, average_buffers=True)


def _mlp(dim: int, hidden: int, out: int) -> Projection:
    """Return linear, batch normalisation, ReLU, linear; biases that do something only."""
    return Projection(dim, (hidden, out), hidden_bias=False, last_bias=False)
