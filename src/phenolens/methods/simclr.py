"""SimCLR: two views of one image are more alike than views of two images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.nt_xent import nt_xent_loss
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.methods.teacher import Tower
from phenolens.networks.processes import gathered
from phenolens.networks.projection import Projection


class Simclr(Method):
    """Contrast: views of one image, or of partners, agree more than those of others (NT-Xent).

    Chen et al. 2020. Perakis et al. 2021 (BBBC021): out 256. Every other anchor of a step is a
    negative, also one that shares the anchor's treatment. Of several processes each sees the views
    of all, so a step is that of one process with the whole batch.

    The kept encoder is the one below the projector.
    """

    least_views = 2

    def __init__(
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        out: int = 128,
        hidden: int = 0,
        temperature: float = 0.1,
        batch_norm: bool = False,
    ) -> None:
        """Put a projector on the encoder.

        Args:
            encoder: What is trained and kept.
            facts: What is known of the views; none of it is needed.
            out: Length of a projection z.
            hidden: Width of the projector's hidden layer; 0: the embedding's length (the paper's).
            temperature: t.
            batch_norm: Normalise the projector's layers over the step, as Chen's published code.
        """
        super().__init__(facts)
        settings = {"out": out, "hidden": hidden, "temperature": temperature}
        self.check(settings)
        projector = Projection(
            encoder.dim,
            (hidden or encoder.dim, out),
            batch_norm=batch_norm,
            last_batch_norm=batch_norm,
            hidden_bias=not batch_norm,
            last_bias=not batch_norm,
        )
        self.tower = Tower(encoder, projector)
        self.keep(encoder)
        self.temperature = temperature

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        between(1, 2**16, out=settings["out"])
        between(0, 2**16, hidden=settings["hidden"])
        between(0.001, 100, temperature=settings["temperature"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return SimCLR on two small blocks, and two views of 16 pixels."""
        facts = ViewFacts(("DNA", "Actin"), {"global": 16})
        return cls(ConvNet(facts.channels, widths=(8, 16)), facts, out=8), example_views(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return NT-Xent over all views.

        Raises:
            InputError: There are fewer than two views.
        """
        del clock
        if len(views) < 2:
            raise InputError(f"SimCLR needs two views, got {len(views)}")
        embedding, z = self.tower(views.images)
        term = nt_xent_loss(gathered(z, dim=1), self.temperature)
        return Outcome({"nt_xent": term}, embedding[0].detach())
