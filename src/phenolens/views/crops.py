"""Multi-crop: crop, scale, flip and rotate in ONE resampling per crop, batched, on the device."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.core.ranges import LARGEST_SIDE, between
from phenolens.core.views import Kind

MOST_VIEWS = 1000  # of one kind: published methods have up to 10


@dataclass(frozen=True, kw_only=True)
class Crops:
    """How views are cut from an image.

    Attributes:
        global_views: Large views, which a teacher sees too. WS-DINO: 2.
        local_views: Small views. WS-DINO: 8.
        global_size: Side of a large view, in pixels.
        local_size: Side of a small view, in pixels.
        global_area: Smallest and largest share of the image's area that a large view covers.
        local_area: The same for a small view.
        aspect: Smallest and largest width / height of the cut, before it is resized to a square.
        flip: Whether views are mirrored: half of them horizontally, half of them vertically.
        rotate: `none`, by a multiple of 90 degrees (`quarter`), or by `any` angle.
    """

    global_views: int = 2
    local_views: int = 8
    global_size: int = 224
    local_size: int = 96
    global_area: tuple[float, float] = (0.1, 0.2)
    local_area: tuple[float, float] = (0.04, 0.08)
    aspect: tuple[float, float] = (1.0, 1.0)
    flip: bool = True
    rotate: Literal["none", "quarter", "any"] = "none"

    def __post_init__(self) -> None:
        for name in ("global_area", "local_area"):
            low, high = getattr(self, name)
            if not 0 < low <= high <= 1:
                raise InputError(
                    f"must be two shares in (0, 1], the smaller first, got {[low, high]}",
                    where=name,
                )
        if not 0.01 <= self.aspect[0] <= self.aspect[1] <= 100:
            raise InputError(
                f"must be two numbers from 0.01 to 100, the smaller first, got {list(self.aspect)}",
                where="aspect",
            )
        between(1, MOST_VIEWS, global_views=self.global_views)
        between(0, MOST_VIEWS, local_views=self.local_views)
        between(1, LARGEST_SIDE, global_size=self.global_size, local_size=self.local_size)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind of each view, global ones first."""
        large: list[Kind] = ["global"] * self.global_views
        small: list[Kind] = ["local"] * self.local_views
        return (*large, *small)

    @property
    def sizes(self) -> dict[Kind, int]:
        """The side of each kind of view that occurs, in pixels."""
        sides: dict[Kind, int] = {"global": self.global_size, "local": self.local_size}
        return {kind: sides[kind] for kind in dict.fromkeys(self.kinds)}

    def cut(
        self,
        images: Float[Tensor, "n c h w"],
        kind: Kind,
        views: int,
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
    ) -> tuple[Float[Tensor, "n c s s"], ...]:
        """Return `views` random cuts of every image, each by a single bilinear resampling.

        Args:
            images: Pixels, on the device that trains.
            kind: Which size and area to use.
            views: How many.
            generator: Source of randomness, on the CPU, so that every device cuts alike.
            share: (p, k) where k processes share a batch and these images are its p::k. All draw
                the same numbers, so each image is cut as one process alone would cut it.
        """
        n, _, height, width = images.shape
        process, processes = share
        size = self.global_size if kind == "global" else self.local_size
        area = self.global_area if kind == "global" else self.local_area
        theta = self._draw(n * processes * views, (height, width), area, generator)
        theta = theta.view(n * processes, views, 2, 3)[process::processes].to(images.device)
        # All views of an image are one grid, stacked along its height: one call, not `views`.
        grid = _grid(theta, size).reshape(n, views * size, size, 2)
        cut = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
        return tuple(cut.reshape(n, -1, views, size, size).unbind(2))

    def _draw(
        self, k: int, shape: tuple[int, int], area: tuple[float, float], generator: torch.Generator
    ) -> Float[Tensor, "k 2 3"]:
        """Return k affine maps from the view's [-1, 1] square to the image's."""
        height, width = shape

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(k, generator=generator)

        share = uniform(*area)
        ratio = torch.exp(uniform(math.log(self.aspect[0]), math.log(self.aspect[1])))
        half_w = ((share * height * width * ratio).sqrt() / 2).clamp_max(width / 2)
        half_h = ((share * height * width / ratio).sqrt() / 2).clamp_max(height / 2)
        x = half_w + uniform(0, 1) * (width - 2 * half_w)
        y = half_h + uniform(0, 1) * (height - 2 * half_h)
        turn = self._turns(uniform)
        mirror = [torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if self.flip else 1.0 for _ in "xy"]
        cos, sin = torch.cos(turn), torch.sin(turn)
        theta = torch.stack(
            [
                torch.stack([cos * half_w * mirror[0], -sin * half_w * mirror[1], x], 1),
                torch.stack([sin * half_h * mirror[0], cos * half_h * mirror[1], y], 1),
            ],
            1,
        )
        scale = torch.tensor([2 / width, 2 / height]).view(1, 2, 1)
        theta = theta * scale
        theta[:, :, 2] -= 1
        return theta

    def _turns(self, uniform: Callable[[float, float], Tensor]) -> Tensor:
        part = uniform(0, 1)
        if self.rotate == "none":
            return torch.zeros_like(part)
        if self.rotate == "quarter":
            return (part * 4).floor() * (math.pi / 2)
        return part * (2 * math.pi)


def _grid(theta: Float[Tensor, "n v 2 3"], size: int) -> Float[Tensor, "n v s s 2"]:
    """Return the pixel centres of each view as places in the image's [-1, 1] square."""
    centre = (torch.arange(size, device=theta.device) * 2 + 1) / size - 1
    xy = torch.stack(torch.meshgrid(centre, centre, indexing="xy"), -1)
    return torch.einsum("nvij,hwj->nvhwi", theta[..., :2], xy) + theta[..., None, None, :, 2]
