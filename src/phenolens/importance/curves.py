"""Deletion and insertion curves: does a score follow the patches that a map says it rests on?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from phenolens.importance.grid import spread
from phenolens.importance.score import CallScore


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Scores of images while their patches are replaced, from none to all.

    Attributes:
        deletion: (n, steps + 1): more and more patches are the baseline's.
        insertion: (n, steps + 1): more and more patches of the image are put into the baseline.
    """

    deletion: Float64[np.ndarray, "n steps"]
    insertion: Float64[np.ndarray, "n steps"]

    @property
    def both(self) -> tuple[Float64[np.ndarray, "n steps"], Float64[np.ndarray, "n steps"]]:
        """The two, deletion first."""
        return self.deletion, self.insertion

    def less(self, random: Curves) -> Float64[np.ndarray, "n 2"]:
        """Return the areas between these curves and those of random orders, in units of the score.

        Above 0: the score falls sooner (deletion), rises sooner (insertion), than in random order.
        """
        deletion = random.deletion - self.deletion
        insertion = self.insertion - random.insertion
        return np.stack([area(deletion), area(insertion)], axis=1)


def area(curves: Float64[np.ndarray, "n steps"]) -> Float64[np.ndarray, " n"]:
    """Return the area below curves over 0 to 1, by trapezoids.

    Example:
        >>> area(np.array([[0.0, 1.0, 2.0]])).tolist()
        [1.0]
    """
    return np.asarray((curves[:, :-1] + curves[:, 1:]).mean(axis=1) / 2)


def importance_order(maps: Float[Tensor, "n a b"]) -> Int64[Tensor, "n p"]:
    """Return the patches of each map, the most important first; equal ones row by row."""
    return maps.flatten(1).argsort(dim=1, descending=True, stable=True)


def random_order(n: int, patches: int, generator: torch.Generator) -> Int64[Tensor, "n p"]:
    """Return patches in random order, for each image its own."""
    return torch.stack([torch.randperm(patches, generator=generator) for _ in range(n)])


def replaced(  # noqa: PLR0913  # a score of two images, then how they are mixed
    score: CallScore,
    x: Float[Tensor, "n c h w"],
    baseline: Float[Tensor, "n c h w"],
    slope: Float[Tensor, "n d"],
    order: Int64[Tensor, "n p"],
    patch: int,
    steps: int,
) -> Curves:
    """Return the scores while patches are replaced in an order.

    Petsiuk, Das & Saenko 2018 (RISE, arXiv 1806.07421, section 4.3), with the baseline's pixels in
    the place of grey or blurred ones.

    Args:
        score: Of an image.
        x: Images.
        baseline: What each is compared with.
        slope: Of each image's call.
        order: Patches, as they are replaced.
        patch: Side of a patch in pixels.
        steps: Points of the curves after the first.
    """
    n, p = order.shape
    place = order.argsort(dim=1).reshape(n, x.shape[-2] // patch, x.shape[-1] // patch)
    deletion, insertion = [], []
    with torch.inference_mode():
        for step in range(steps + 1):
            out = spread(place < round(step * p / steps), patch)
            deletion.append(score(torch.where(out, baseline, x), slope))
            insertion.append(score(torch.where(out, x, baseline), slope))
    return Curves(
        *(torch.stack(part, dim=1).double().cpu().numpy() for part in (deletion, insertion))
    )
