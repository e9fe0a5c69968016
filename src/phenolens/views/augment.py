"""Per-channel intensity changes, for any number of channels, batched on the device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.core.ranges import between
from phenolens.core.views import Kind


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """Staining and exposure as they vary between plates; pixels in [0, 1]. Off by default.

    With `gain` and `offset` 0.1, `p` 0.8 and `local_p` 0.5 it is CDCL's random channel shift
    (Haslum 2022). Changes are made in the order below, `noise` after `contrast`. Pixels that leave
    [0, 1] are not clipped.

    Attributes:
        saturation: Saturated pixels (1) become U(1 - saturation, 1), each its own: what they would
            have shown is unknown (MorphEm: 55 / 255).
        gamma: Each channel is raised to exp(N(0, gamma)).
        gain: Each channel is multiplied by N(1, gain).
        offset: N(0, offset) is added to each channel.
        brightness: Each channel is multiplied by U(1 - brightness, 1 + brightness).
        contrast: Each channel's distance from its own mean is multiplied by U(1 - contrast,
            1 + contrast).
        noise: N(0, noise) is added to each pixel.
        drop: Each channel is set to 0 with this probability; one is always kept.
        p: Share of views that are changed.
        local_p: The same for local views; None: as `p`.
    """

    gain: float = 0.0
    offset: float = 0.0
    gamma: float = 0.0
    noise: float = 0.0
    p: float = 1.0
    brightness: float = 0.0
    contrast: float = 0.0
    drop: float = 0.0
    saturation: float = 0.0
    local_p: float | None = None

    def __post_init__(self) -> None:
        between(0, 100, gain=self.gain, offset=self.offset, gamma=self.gamma, noise=self.noise)
        between(0, 1, p=self.p, brightness=self.brightness, contrast=self.contrast)
        between(0, 1, drop=self.drop, saturation=self.saturation)
        if self.local_p is not None:
            between(0, 1, local_p=self.local_p)

    def __call__(
        self,
        images: Float[Tensor, "n c h w"],
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
        kind: Kind = "global",
    ) -> Float[Tensor, "n c h w"]:
        """Return the views, changed image by image and channel by channel.

        Args:
            images: Pixels in [0, 1].
            generator: Source of randomness, on the CPU: the same numbers on every device.
            share: (p, k) where k processes share a batch and these images are its p::k.
            kind: Which views these are.
        """
        p = self.local_p if kind == "local" and self.local_p is not None else self.p
        shifts = (self.gain, self.offset, self.gamma, self.noise)
        others = (self.brightness, self.contrast, self.drop, self.saturation)
        if not any((*shifts, *others)) or not p:
            return images
        process, processes = share
        n, c = images.shape[0] * processes, images.shape[1]
        chosen = (torch.rand(n, 1, generator=generator) < p).float()
        draws = torch.randn(3, n, c, generator=generator) * chosen
        mine = draws[:, process::processes, :, None, None]
        gain, offset, gamma = mine.to(images.device, non_blocking=True)
        noise = None
        if self.noise:
            noise = torch.randn(n, *images.shape[1:], generator=generator)
            noise = (noise * chosen[..., None, None])[process::processes]
        changed = self._desaturated(images, chosen, generator, share)
        if self.gamma:
            changed = changed.clamp_min(1e-6).pow(torch.exp(gamma * self.gamma))
        if self.gain or self.offset:
            changed = changed * (1 + gain * self.gain) + offset * self.offset
        changed = self._jittered(changed, chosen, generator, share)
        if noise is not None:
            changed = changed + noise.to(images.device) * self.noise
        return self._dropped(changed, chosen, generator, share)

    def _desaturated(
        self, x: Tensor, chosen: Tensor, generator: torch.Generator, share: tuple[int, int]
    ) -> Tensor:
        """Return the images with saturated pixels replaced by noise."""
        if not self.saturation:
            return x
        process, processes = share
        depth = torch.rand(len(chosen), *x.shape[1:], generator=generator)
        depth = (depth * chosen[..., None, None] * self.saturation)[process::processes]
        return torch.where(x >= 1, 1 - depth.to(x), x)

    def _jittered(
        self, x: Tensor, chosen: Tensor, generator: torch.Generator, share: tuple[int, int]
    ) -> Tensor:
        """Return the images with another brightness and contrast of each channel."""
        if not (self.brightness or self.contrast):
            return x
        process, processes = share
        draws = (2 * torch.rand(2, len(chosen), x.shape[1], generator=generator) - 1) * chosen
        mine = draws[:, process::processes, :, None, None]
        brightness, contrast = mine.to(x.device, non_blocking=True)
        x = x * (1 + self.brightness * brightness)
        if self.contrast:
            mean = x.mean(dim=(2, 3), keepdim=True)
            x = (x - mean) * (1 + self.contrast * contrast) + mean
        return x

    def _dropped(
        self, x: Tensor, chosen: Tensor, generator: torch.Generator, share: tuple[int, int]
    ) -> Tensor:
        """Return the images without some of their channels."""
        if not self.drop:
            return x
        process, processes = share
        n, c = len(chosen), x.shape[1]
        gone = (torch.rand(n, c, generator=generator) < self.drop) & (chosen > 0)
        spared = torch.rand(n, c, generator=generator).argmax(dim=1, keepdim=True)
        alone = torch.zeros_like(gone).scatter(1, spared, value=True)
        gone &= ~(alone & gone.all(dim=1, keepdim=True))
        return x.masked_fill(gone[process::processes, :, None, None].to(x.device), 0.0)
