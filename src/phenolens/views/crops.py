"""Multi-crop: crop, scale, flip and rotate in ONE resampling per crop, batched, on the device."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.core.ranges import LARGEST_SIDE, between
from phenolens.core.views import Kind
from phenolens.views.elastic import Elastic

MOST_VIEWS = 1000  # of one kind: published methods have up to 10
Range = tuple[float, float]  # the smallest and the largest value


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
        flip: Whether views are mirrored: half of them horizontally, half of them vertically. By
            name only `horizontal` (Dmitrenko et al. 2022) or only `vertical`.
        rotate: `none`, by a multiple of 90 degrees (`quarter`), or by `any` angle.
        areas: One pair for each view, global ones first, in place of `global_area` and
            `local_area`; [1, 1] is the whole image, whatever the aspect. Dmitrenko et al. 2022:
            [[1, 1], [0.5, 0.75], [0.5, 0.75], [0.25, 0.5], [0.25, 0.5]].
        elastic: Elastic deformation, by the same resampling.
    """

    global_views: int = 2
    local_views: int = 8
    global_size: int = 224
    local_size: int = 96
    global_area: tuple[float, float] = (0.1, 0.2)
    local_area: tuple[float, float] = (0.04, 0.08)
    aspect: tuple[float, float] = (1.0, 1.0)
    flip: bool | Literal["horizontal", "vertical"] = True
    rotate: Literal["none", "quarter", "any"] = "none"
    areas: tuple[Range, ...] = ()
    elastic: Elastic = field(default_factory=Elastic)

    def __post_init__(self) -> None:
        pairs = [(name, getattr(self, name)) for name in ("global_area", "local_area")]
        for name, (low, high) in [*pairs, *((f"areas[{i}]", a) for i, a in enumerate(self.areas))]:
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
        if self.areas and len(self.areas) != self.global_views + self.local_views:
            raise InputError(
                f"needs one pair for each of the {self.global_views} global and "
                f"{self.local_views} local views, got {len(self.areas)}",
                where="areas",
            )

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
        areas: Sequence[Range] = (),
    ) -> tuple[Float[Tensor, "n c s s"], ...]:
        """Return `views` random cuts of every image, each by a single bilinear resampling.

        Args:
            images: Pixels, on the device that trains.
            kind: Which size and area to use.
            views: How many.
            generator: Source of randomness, on the CPU, so that every device cuts alike.
            share: (p, k) where k processes share a batch and these images are its p::k. All draw
                the same numbers, so each image is cut as one process alone would cut it.
            areas: One pair for each view; none: that of the kind.
        """
        n, _, height, width = images.shape
        process, processes = share
        size = self.global_size if kind == "global" else self.local_size
        area = self.global_area if kind == "global" else self.local_area
        theta = self._draw(n * processes * views, (height, width), areas or area, generator)
        theta = theta.view(n * processes, views, 2, 3)[process::processes].to(images.device)
        moved = None
        if self.elastic.used:
            moved = self.elastic.draw((n, views, size), generator, share, images.device)
        # All views of an image are one grid, stacked along its height: one call, not `views`.
        grid = _grid(theta, size, moved).reshape(n, views * size, size, 2)
        cut = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
        return tuple(cut.reshape(n, -1, views, size, size).unbind(2))

    def _draw(
        self,
        k: int,
        shape: tuple[int, int],
        area: Range | Sequence[Range],
        generator: torch.Generator,
    ) -> Float[Tensor, "k 2 3"]:
        """Return k affine maps from the view's [-1, 1] square to the image's.

        Args:
            k: How many; the views of one image follow each other.
            shape: Height and width of the images.
            area: One pair for all, or one for each view of an image.
            generator: Source of randomness.
        """
        height, width = shape

        def uniform(low: Any, high: Any) -> Tensor:
            made: Tensor = low + (high - low) * torch.rand(k, generator=generator)
            return made

        share = uniform(*_bounds(area, k))
        ratio = torch.exp(uniform(math.log(self.aspect[0]), math.log(self.aspect[1])))
        half_w = ((share * height * width * ratio).sqrt() / 2).clamp_max(width / 2)
        half_h = ((share * height * width / ratio).sqrt() / 2).clamp_max(height / 2)
        if not isinstance(area[0], int | float):
            half_w = torch.where(share >= 1, width / 2, half_w)
            half_h = torch.where(share >= 1, height / 2, half_h)
        x = half_w + uniform(0, 1) * (width - 2 * half_w)
        y = half_h + uniform(0, 1) * (height - 2 * half_h)
        turn = self._turns(uniform)
        mirror = [
            torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if self.flip in (True, way) else 1.0
            for way in ("horizontal", "vertical")
        ]
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


def _bounds(area: Range | Sequence[Range], k: int) -> tuple[Any, Any]:
    """Return the smallest and largest area: two numbers, or two tensors of k."""
    if isinstance(area[0], int | float):
        return area  # type: ignore[return-value]
    low, high = torch.tensor(area).repeat(k // len(area), 1).unbind(1)
    return low, high


def _grid(
    theta: Float[Tensor, "n v 2 3"], size: int, moved: Float[Tensor, "n v s s 2"] | None = None
) -> Float[Tensor, "n v s s 2"]:
    """Return the pixel centres of each view as places in the image's [-1, 1] square."""
    centre = (torch.arange(size, device=theta.device) * 2 + 1) / size - 1
    xy = torch.stack(torch.meshgrid(centre, centre, indexing="xy"), -1)
    if moved is not None:
        turned = torch.einsum("nvij,nvhwj->nvhwi", theta[..., :2], xy + moved)
    else:
        turned = torch.einsum("nvij,hwj->nvhwi", theta[..., :2], xy)
    return turned + theta[..., None, None, :, 2]
