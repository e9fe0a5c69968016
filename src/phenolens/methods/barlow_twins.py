"""Barlow Twins: two views agree in each dimension, and dimensions do not repeat each other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import torch

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.barlow import barlow_loss, correlation
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.methods.teacher import Tower, each_alone
from phenolens.networks.processes import gathered
from phenolens.networks.projection import Projection


class BarlowTwins(Method):
    """The correlation of two views' projections is drawn to the identity; it needs no negatives.

    Zbontar et al. 2021. With more than two views the loss is the mean over pairs of views.

    The kept encoder is the one below the projector.
    """

    least_views = 2

    def __init__(
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        widths: tuple[int, ...] = (8192, 8192, 8192),
        off_diagonal: float = 0.0051,
    ) -> None:
        """Put a projector on the encoder.

        Args:
            encoder: What is trained and kept.
            facts: What is known of the views; none of it is needed.
            widths: Of the projector's layers; the last is the length of a projection.
            off_diagonal: lambda, the weight of the terms that keep dimensions apart.
        """
        super().__init__(facts)
        self.check({"widths": widths, "off_diagonal": off_diagonal})
        projector = Projection(encoder.dim, widths, hidden_bias=False, last_bias=False)
        self.tower = Tower(encoder, projector)
        self.keep(encoder)
        self.off_diagonal = off_diagonal
        self.collapsed_loss = float(widths[-1])

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        if not settings["widths"]:
            raise InputError("must be at least one number", where="widths")
        for width in settings["widths"]:
            between(1, 2**16, widths=width)
        between(0, 1000, off_diagonal=settings["off_diagonal"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return Barlow Twins on two small blocks, and two views of 16 pixels."""
        facts = ViewFacts(("DNA", "Actin"), {"global": 16})
        encoder = ConvNet(facts.channels, widths=(8, 16))
        return cls(encoder, facts, widths=(16, 8)), example_views(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the loss over all pairs of views.

        Raises:
            InputError: There are fewer than two views.
        """
        del clock
        if len(views) < 2:
            raise InputError(f"Barlow Twins needs two views, got {len(views)}")
        embedding, z = each_alone(self.tower, views.images)
        whole = gathered(z, dim=1)
        terms = [
            barlow_loss(correlation(a, b), self.off_diagonal) for a, b in combinations(whole, 2)
        ]
        return Outcome({"barlow": torch.stack(terms).mean()}, embedding[0].detach())
