"""The lens: an image-to-image network, of an encoder and a decoder."""

from __future__ import annotations

import copy
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.embedding.seen import Seen
from phenolens.encoders.conv_stack import ConvStack
from phenolens.networks.conv_stack_decoder import ConvStackDecoder

Start = Literal["", "extractor", "random"]


class LensNetwork(nn.Module):
    """Images in [0, 1] in, images of the same size in [0, 1] out.

    Dmitrenko et al. 2022 (arXiv 2203.04289): an autoencoder of its own, in front of the extractor.
    It is used in evaluation mode throughout, so what it makes of an image depends on that image.
    """

    def __init__(self, encoder: nn.Module, decoder: ConvStackDecoder) -> None:
        """Put a decoder behind an encoder.

        Args:
            encoder: (n, c, s, s) -> (n, d).
            decoder: (n, d) -> (n, c, s, s).
        """
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def logits(self, x: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """Return the images before the sigmoid."""
        return self.decoder.logits(self.encoder(x))

    def forward(self, x: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """Return the images."""
        return self.logits(x).sigmoid()


def extractor(seen: Seen) -> LensNetwork | None:
    """Return a copy of the run's autoencoder; None where its model keeps no such decoder.

    Raises:
        InputError: The decoder draws images of another size than the tiles.
    """
    decoder = seen.parts.get("decoder")
    if not isinstance(decoder, ConvStackDecoder):
        return None
    if decoder.size != seen.settings.tiles.size:
        raise InputError(
            f"the decoder draws images of {decoder.size} x {decoder.size} pixels, and the tiles "
            f"have {seen.settings.tiles.size}",
            where="embedding.tiles.size",
            fix=f"embed tiles of {decoder.size} pixels, or train with crops of the tiles' size",
        )
    return copy.deepcopy(LensNetwork(seen.encoder, decoder)).eval()


def started(seen: Seen, start: Start) -> Literal["extractor", "random"]:
    """Return where a lens starts from: empty is the extractor where the model has a decoder."""
    if start:
        return start
    return "random" if extractor(seen) is None else "extractor"


def new_lens(seen: Seen, start: Start, widths: tuple[int, ...], seed: int) -> LensNetwork:
    """Return the lens before its training.

    Args:
        seen: The model, perhaps with a decoder.
        start: `extractor`: the weights of the run's autoencoder; `random`; empty: the first where
            the model has a decoder.
        widths: Of the encoder at random, whose decoder has them in the other direction. The paper's
            are 128, 64, 32, 4.
        seed: Of the weights at random.

    Raises:
        InputError: The extractor is asked for and the model has no decoder, or tiles have a side
            that 4 does not divide.
    """
    found = extractor(seen)
    if started(seen, start) == "extractor":
        if found is not None:
            return found
        raise InputError(
            "a lens that starts from the extractor needs a decoder, and this model keeps none",
            where="lens.start",
            fix='set start = "random", or train with the method autoencoder or regularized',
        )
    size, channels = seen.settings.tiles.size, seen.screen.channels
    if size % 4:
        raise InputError(
            f"a lens makes images whose side is a multiple of 4, the tiles have {size} pixels",
            where="embedding.tiles.size",
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = ConvStack(channels, widths=widths, size=size)
        decoder = ConvStackDecoder(
            encoder.dim,
            channels=len(channels),
            size=size,
            maps=widths[-1],
            widths=tuple(reversed(widths[:-1])),
        )
    return LensNetwork(encoder, decoder).to(seen.device).eval()
