"""Autoencoder: the embedding is what a decoder needs to draw the image again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.reconstruction import bce_loss
from phenolens.methods.base import Clock, Method, Outcome, example_ramps
from phenolens.models.folder import Part
from phenolens.networks.conv_stack_decoder import ConvStackDecoder


class Autoencoder(Method):
    """An encoder and a decoder that draws each view again (binary cross-entropy of pixels).

    Dmitrenko et al. 2022, unsupervised. Pixels are in [0, 1], so the pixel step `rescale` must not
    standardize. The decoder is kept next to the encoder.
    """

    def __init__(
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        maps: int = 8,
        widths: tuple[int, ...] = (32, 64, 64),
    ) -> None:
        """Put a decoder behind the encoder.

        Args:
            encoder: What is trained and kept.
            facts: What is known of the views: channels, and one size.
            maps: Feature maps that the decoder begins with, at a quarter of the views' side.
            widths: Feature maps of the decoder's hidden layers.

        Raises:
            InputError: Views of two sizes, of a side that 4 does not divide, or pixels that are
                not in [0, 1].
        """
        super().__init__(facts)
        Autoencoder.check({"maps": maps, "widths": widths})
        refuse_views(facts)
        self.encoder = encoder
        size = next(iter(facts.sizes.values()))
        self._settings: dict[str, Any] = {
            "dim": encoder.dim,
            "channels": len(facts.channels),
            "size": size,
            "maps": maps,
            "widths": widths,
        }
        self.decoder = ConvStackDecoder(**self._settings)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        if not 2 <= len(settings["widths"]) <= 16:
            raise InputError("must be from 2 to 16 numbers", where="widths")
        between(1, 2**14, maps=settings["maps"])
        for width in settings["widths"]:
            between(1, 2**14, widths=width)

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return an autoencoder of two small blocks, and two views of 16 pixels."""
        facts = ViewFacts(("DNA", "Actin"), {"global": 16})
        encoder = ConvNet(facts.channels, widths=(8, 16))
        return cls(encoder, facts, maps=4, widths=(8, 8)), example_ramps(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the binary cross-entropy of the pixels, the mean over views."""
        del clock
        embedding, pixels = self.encode(views)
        return Outcome(
            {"reconstruction": self.reconstruction(embedding, pixels)},
            embedding[: len(views.rows)].detach(),
        )

    def encode(self, views: Views) -> tuple[Tensor, Tensor]:
        """Return the embeddings of all views, (v n, d), and their pixels in [0, 1]."""
        pixels = torch.cat(views.images)
        return self.encoder(pixels), pixels.clamp(0, 1)

    def reconstruction(self, embedding: Tensor, pixels: Tensor) -> Tensor:
        """Return how far the decoder's images are from the pixels."""
        return bce_loss(self.decoder.logits(embedding), pixels)

    def parts(self) -> Mapping[str, Part]:
        """Return the decoder."""
        return {"decoder": Part("conv_stack_decoder", self._settings, self.decoder)}


def refuse_views(facts: ViewFacts) -> None:
    """Raise InputError where views cannot be reconstructed: of two sizes, or not in [0, 1]."""
    if len(set(facts.sizes.values())) > 1:
        raise InputError(
            f"one decoder makes images of one size, the views have {sorted(facts.sizes.values())}",
            where="views.crops",
            fix="set local_size to global_size, or local_views to 0",
        )
    size = next(iter(facts.sizes.values()))
    if size % 4:
        raise InputError(
            f"the decoder makes images whose side is a multiple of 4, the views have {size} pixels",
            where="views.crops.global_size",
            fix=f"use {size // 4 * 4 + 4}",
        )
    if facts.standardized:
        raise InputError(
            "reconstruction by cross-entropy needs pixels in [0, 1], and these are standardized",
            where="method",
            fix="set standardize = false in the pixel step 'rescale'",
        )
