"""Weak labels: the embedding is what tells the values of a metadata column apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock, Method, Outcome, example_views
from phenolens.models.folder import Part
from phenolens.networks.projection import Projection


class WeakLabels(Method):
    """An encoder and a classifier of a metadata column: drug or control, treatment, compound.

    Dmitrenko et al. 2022, weakly supervised: drug against control. The classifier is linear, leaky
    ReLU (slope 0.01), linear; the loss is the cross-entropy of its logits. It is kept next to the
    encoder.
    """

    def __init__(
        self, encoder: Encoder, facts: ViewFacts, *, column: str = "control", hidden: int = 256
    ) -> None:
        """Put a classifier on the encoder.

        Args:
            encoder: What is trained and kept.
            facts: What is known of the views: the values of the column.
            column: Of the screen's table; each of its values is a class.
            hidden: Width of the classifier's hidden layer.

        Raises:
            InputError: The column has one value only.
        """
        super().__init__(facts)
        self.check({"hidden": hidden})
        self.encoder, self.column = encoder, column
        self.classifier = classifier(encoder.dim, facts, column, hidden)
        self._settings = part_settings(encoder.dim, hidden, self.classifier.out)

    @classmethod
    def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the column of the labels."""
        return (settings["column"],)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        between(1, 2**16, hidden=settings["hidden"])

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return a classifier of two values on two small blocks, and two views of 16 pixels."""
        values = {"control": ("False", "True")}
        facts = ViewFacts(("DNA", "Actin"), {"global": 16}, values, counts={"control": (3, 3)})
        encoder = ConvNet(facts.channels, widths=(8, 16))
        return cls(encoder, facts, hidden=16), example_views(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the cross-entropy, the mean over views; a view has the label of what it shows."""
        del clock
        embedding = [self.encoder(view) for view in views.images]
        labels = torch.cat(views.codes_of(self.column))
        term = label_loss(self.classifier(torch.cat(embedding)), labels)
        return Outcome({"labels": term}, embedding[0].detach())

    def parts(self) -> Mapping[str, Part]:
        """Return the classifier."""
        return {"classifier": Part("projection", self._settings, self.classifier)}


def classifier(dim: int, facts: ViewFacts, column: str, hidden: int) -> Projection:
    """Return the logits' network over the values of a column.

    Raises:
        InputError: The column has one value only.
    """
    classes = len(facts.valued(column, "column"))
    if classes < 2:
        raise InputError(
            f"the column '{column}' has {classes} value in the images that are trained on: there "
            "is nothing to tell apart",
            where="method.column",
            fix="name another column, or let views.where keep more images",
        )
    settings = part_settings(dim, hidden, classes)
    return Projection(dim, (hidden, classes), batch_norm=False, activation=settings["activation"])


def part_settings(dim: int, hidden: int, classes: int) -> dict[str, Any]:
    """Return what the classifier is built of."""
    widths = [hidden, classes]
    return {"dim": dim, "widths": widths, "batch_norm": False, "activation": "leaky_relu"}


def label_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of -log softmax(logits) at the label: softmax once, in float32 or float64."""
    wide = logits if logits.dtype == torch.float64 else logits.float()
    return functional.cross_entropy(wide, labels)
