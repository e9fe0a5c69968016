"""Regularized: reconstruction and discrimination by one encoder, trained together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.autoencoder import Autoencoder
from phenolens.methods.base import Clock, Method, Outcome, example_ramps
from phenolens.methods.weak_labels import classifier, label_loss, part_settings
from phenolens.models.folder import Part


class Regularized(Autoencoder):
    """An autoencoder whose embedding must tell a metadata column too: both losses move the encoder.

    Dmitrenko et al. 2022: reconstruction plus discrimination. In the published code the
    discriminator's gradient is wiped before it reaches the encoder; here it arrives. Decoder and
    classifier are kept next to the encoder.
    """

    def __init__(  # noqa: PLR0913 - the signature is the recipe's schema
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        column: str = "control",
        hidden: int = 256,
        weight: float = 1.0,
        maps: int = 8,
        widths: tuple[int, ...] = (32, 64, 64),
    ) -> None:
        """Put decoder and classifier on the encoder.

        Args:
            encoder: What is trained and kept.
            facts: What is known of the views: channels, one size, the values of the column.
            column: Of the screen's table; each of its values is a class.
            hidden: Width of the classifier's hidden layer.
            weight: Of the classifier's loss.
            maps: Feature maps that the decoder begins with, at a quarter of the views' side.
            widths: Feature maps of the decoder's hidden layers.

        Raises:
            InputError: The column has one value only, views of two sizes, or pixels that are not in
                [0, 1].
        """
        super().__init__(encoder, facts, maps=maps, widths=widths)
        self.check({"maps": maps, "widths": widths, "hidden": hidden, "weight": weight})
        self.column, self.weight = column, weight
        self.classifier = classifier(encoder.dim, facts, column, hidden)
        self._of_classifier = part_settings(encoder.dim, hidden, self.classifier.out)

    @classmethod
    def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the column of the labels."""
        return (settings["column"],)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        super().check(settings)
        between(1, 2**16, hidden=settings["hidden"])
        between(0, 1000, weight=settings["weight"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return two small blocks with decoder and classifier, and two views of 16 pixels."""
        values = {"control": ("False", "True")}
        facts = ViewFacts(("DNA", "Actin"), {"global": 16}, values, counts={"control": (3, 3)})
        encoder = ConvNet(facts.channels, widths=(8, 16))
        return cls(encoder, facts, hidden=16, maps=4, widths=(8, 8)), example_ramps(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return both terms, of one pass of the encoder."""
        del clock
        embedding, pixels = self.encode(views)
        labels = torch.cat(views.codes_of(self.column))
        terms = {
            "reconstruction": self.reconstruction(embedding, pixels),
            "labels": self.weight * label_loss(self.classifier(embedding), labels),
        }
        return Outcome(terms, embedding[: len(views.rows)].detach())

    def parts(self) -> Mapping[str, Part]:
        """Return decoder and classifier."""
        part = Part("projection", self._of_classifier, self.classifier)
        return {**super().parts(), "classifier": part}
