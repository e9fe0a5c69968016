"""Elastic deformation: a smooth random displacement of every pixel of a view."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.ranges import between

_REACH = 4  # standard deviations of the Gaussian: beyond, it is 0.03 % of its height
_PER_SIGMA = 2  # points of noise for each standard deviation: the field is then even to 1e-7


@dataclass(frozen=True, kw_only=True)
class Elastic:
    """Each pixel of a view is shown from another place nearby, and neighbours move alike.

    Simard et al. 2003: white noise, smoothed by a Gaussian. Here `strength` is what the two
    displacements of a pixel measure, whatever the smoothing: they are N(0, strength), and those of
    two pixels d apart along one axis have the correlation exp(-d^2 / (4 scale^2)). The displacement
    is added to the grid of the crop, so that the image is resampled once. Off by default.

    Attributes:
        strength: Standard deviation of a displacement, in pixels of the view.
        scale: Standard deviation of the Gaussian, in pixels of the view.
        p: Share of views that are deformed (Perakis et al. 2021: 0.5).
    """

    strength: float = 0.0
    scale: float = 8.0
    p: float = 1.0

    def __post_init__(self) -> None:
        between(0, 1000, strength=self.strength)
        between(0.5, 1000, scale=self.scale)
        between(0, 1, p=self.p)

    @property
    def used(self) -> bool:
        """Whether any view is deformed."""
        return bool(self.strength and self.p)

    def draw(
        self,
        shape: tuple[int, int, int],
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
        device: torch.device | None = None,
    ) -> Float[Tensor, "n v s s 2"]:
        """Return the displacements (x, y) of the pixels of views, in units of half a view.

        Args:
            shape: Images, views of each, and side of a view in pixels.
            generator: Source of randomness, on the CPU: the same numbers on every device.
            share: (p, k) where k processes share a batch and these images are its p::k.
            device: Where the displacements are computed.
        """
        n, views, size = shape
        process, processes = share
        drawn = (n * processes, views)
        chosen = (torch.rand(*drawn, 1, 1, 1, generator=generator) < self.p).float()
        gaussian = self._gaussian(size)
        noise = torch.randn(*drawn, 2, *[gaussian.shape[1]] * 2, generator=generator)
        mine = (noise * chosen)[process::processes].to(device, non_blocking=True)
        gaussian = gaussian.to(device)
        return (gaussian @ mine @ gaussian.T).permute(0, 1, 3, 4, 2) * (self.strength * 2 / size)

    def _gaussian(self, size: int) -> Float[Tensor, "size m"]:
        """Return the weight of each point of noise for each pixel; squares sum to 1 by pixel."""
        gap, reach = self.scale / _PER_SIGMA, _REACH * self.scale
        points = torch.arange(math.ceil((size + 2 * reach) / gap) + 1, dtype=torch.float64)
        away = torch.arange(size, dtype=torch.float64)[:, None] - (points * gap - reach)
        weights = torch.exp(-0.5 * (away / self.scale).square())
        return (weights / weights.norm(dim=1, keepdim=True)).float()
