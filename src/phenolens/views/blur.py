"""Blur: a Gaussian whose width is drawn anew for each view, batched on the device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.core.ranges import between


@dataclass(frozen=True, kw_only=True)
class Blur:
    """Focus as it varies between fields. Off by default.

    Dmitrenko et al. 2022: p 0.2. Perakis et al. 2021 (SimCLR's): p 0.5, kernel 9 for 96 pixels.

    Attributes:
        p: Share of views that are blurred.
        sigma: Smallest and largest standard deviation in pixels; drawn evenly between them.
        kernel: Pixels across; odd. The border is reflected.
    """

    p: float = 0.0
    sigma: tuple[float, float] = (0.1, 2.0)
    kernel: int = 3

    def __post_init__(self) -> None:
        between(0, 1, p=self.p)
        low, high = self.sigma
        if not 0.01 <= low <= high <= 1000:
            raise InputError(
                f"must be two numbers from 0.01 to 1000, the smaller first, got {[low, high]}",
                where="sigma",
            )
        between(1, 999, kernel=self.kernel)
        if self.kernel % 2 == 0:
            raise InputError(f"must be odd, got {self.kernel}", where="kernel")

    def __call__(
        self,
        images: Float[Tensor, "n c h w"],
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
    ) -> Float[Tensor, "n c h w"]:
        """Return the views, some of them blurred, each by a width of its own.

        Args:
            images: Pixels, on any device.
            generator: Source of randomness, on the CPU: the same numbers on every device.
            share: (p, k) where k processes share a batch and these images are its p::k.

        Raises:
            InputError: The images are too small to be reflected at their border.
        """
        if not self.p:
            return images
        process, processes = share
        drawn = torch.rand(2, len(images) * processes, generator=generator)
        chance, width = drawn[:, process::processes]
        which = torch.nonzero(chance < self.p)[:, 0]
        if not len(which):
            return images
        low, high = self.sigma
        weights = self._weights(low + (high - low) * width[which]).to(images.device)
        which = which.to(images.device)
        return images.index_copy(0, which, self._blurred(images[which], weights))

    def _weights(self, sigma: Float[Tensor, " k"]) -> Float[Tensor, "k s"]:
        """Return the Gaussian of each width at whole pixels, with sum 1."""
        place = torch.arange(self.kernel) - self.kernel // 2
        weights = torch.exp(-0.5 * (place / sigma[:, None]).square())
        return weights / weights.sum(dim=1, keepdim=True)

    def _blurred(
        self, images: Float[Tensor, "k c h w"], weights: Float[Tensor, "k s"]
    ) -> Float[Tensor, "k c h w"]:
        reach = self.kernel // 2
        height, width = images.shape[2:]
        if reach >= min(height, width):
            raise InputError(
                f"a kernel of {self.kernel} pixels does not fit views of {height} x {width}",
                where="views.blur.kernel",
                fix=f"use at most {2 * min(height, width) - 1}",
            )
        padded = functional.pad(images, (reach,) * 4, mode="reflect")
        parts = weights.to(images.dtype)[:, :, None, None, None].unbind(1)
        rows = sum(w * padded[:, :, i : i + height] for i, w in enumerate(parts))
        assert isinstance(rows, Tensor)  # noqa: S101 -- for the type checker
        made = sum(w * rows[..., i : i + width] for i, w in enumerate(parts))
        assert isinstance(made, Tensor)  # noqa: S101 -- for the type checker
        return made
