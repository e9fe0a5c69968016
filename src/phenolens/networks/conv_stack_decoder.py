"""The convolutional decoder of Dmitrenko et al.: from an embedding back to an image."""

from __future__ import annotations

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError

_DOUBLINGS = 2


class ConvStackDecoder(nn.Module):
    """Transposed convolutions from the embedding of any encoder to pixels in [0, 1].

    The decoder of Dmitrenko et al. (2022): 3 x 3 transposed convolutions with ReLU, the first two
    followed by doubling height and width (each pixel repeated); the last gives one map per channel
    and a sigmoid. The defaults, with one channel, are that of arXiv 2203.04107 (58,337 parameters);
    `dim = 4096, maps = 4, widths = (32, 64, 128), size = 128` that of arXiv 2203.04289 (94,689).

    It begins with maps of size / 4 pixels. An embedding of that length is taken as these maps; one
    of another length is first mapped to them by a linear layer, `first`.

    Attributes:
        size: Height and width of an image, in pixels.
    """

    def __init__(
        self,
        dim: int = 2048,
        *,
        channels: int = 1,
        size: int = 64,
        maps: int = 8,
        widths: tuple[int, ...] = (32, 64, 64),
    ) -> None:
        """Build the layers.

        Args:
            dim: Length of an embedding.
            channels: Channels of an image.
            size: Height and width of an image in pixels, a multiple of 4.
            maps: Feature maps that it begins with.
            widths: Feature maps of each hidden layer; at least two.

        Raises:
            InputError: A number below 1, fewer than two widths, or a size that 4 does not divide.
        """
        super().__init__()
        if min(dim, channels, size, maps, *widths) < 1 or len(widths) < _DOUBLINGS:
            raise InputError("a decoder needs numbers from 1 on and at least two widths")
        if size % 2**_DOUBLINGS:
            raise InputError(f"must be a multiple of 4, got {size}", where="size")
        self.size, self._maps, self._side = size, maps, size // 2**_DOUBLINGS
        start = maps * self._side**2
        self.first = nn.Identity() if dim == start else nn.Linear(dim, start)
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise((maps, *widths))):
            layers += [nn.ConvTranspose2d(before, after, 3, padding=1), nn.ReLU(inplace=True)]
            if i < _DOUBLINGS:
                layers.append(nn.Upsample(scale_factor=2))
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], channels, 3, padding=1))

    def logits(self, embedding: Float[Tensor, "n d"]) -> Float[Tensor, "n c h w"]:
        """Return the images before the sigmoid, as a stable binary cross-entropy takes them."""
        maps = self.first(embedding).unflatten(1, (self._maps, self._side, self._side))
        images: Tensor = self.layers(maps)
        return images

    def forward(self, embedding: Float[Tensor, "n d"]) -> Float[Tensor, "n c h w"]:
        """Return images with pixels in [0, 1]."""
        return self.logits(embedding).sigmoid()
