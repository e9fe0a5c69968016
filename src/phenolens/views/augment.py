"""Per-channel intensity changes, for any number of channels, batched on the device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.ranges import between


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """Staining and exposure as they vary between plates; pixels in [0, 1]. Off by default.

    With `gain` and `offset` 0.1 it is CDCL's random channel shift (Haslum 2022).

    Attributes:
        gain: Each channel is multiplied by N(1, gain).
        offset: N(0, offset) is added to each channel.
        gamma: Each channel is raised to exp(N(0, gamma)).
        noise: N(0, noise) is added to each pixel.
        p: Share of views that are changed.
    """

    gain: float = 0.0
    offset: float = 0.0
    gamma: float = 0.0
    noise: float = 0.0
    p: float = 1.0

    def __post_init__(self) -> None:
        between(0, 100, gain=self.gain, offset=self.offset, gamma=self.gamma, noise=self.noise)
        between(0, 1, p=self.p)

    def __call__(
        self,
        images: Float[Tensor, "n c h w"],
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
    ) -> Float[Tensor, "n c h w"]:
        """Return the views, changed image by image and channel by channel.

        Args:
            images: Pixels in [0, 1].
            generator: Source of randomness, on the CPU: the same numbers on every device.
            share: (p, k) where k processes share a batch and these images are its p::k.
        """
        if not any((self.gain, self.offset, self.gamma, self.noise)) or not self.p:
            return images
        process, processes = share
        n, c = images.shape[0] * processes, images.shape[1]
        chosen = (torch.rand(n, 1, generator=generator) < self.p).float()
        draws = torch.randn(3, n, c, generator=generator) * chosen
        mine = draws[:, process::processes, :, None, None]
        gain, offset, gamma = mine.to(images.device, non_blocking=True)
        changed = images
        if self.gamma:
            changed = changed.clamp_min(1e-6).pow(torch.exp(gamma * self.gamma))
        if self.gain or self.offset:
            changed = changed * (1 + gain * self.gain) + offset * self.offset
        if self.noise:
            noise = torch.randn(n, *images.shape[1:], generator=generator)
            noise = (noise * chosen[..., None, None])[process::processes]
            changed = changed + noise.to(images.device) * self.noise
        return changed
