"""Question: images of one call, the controls that they are compared with, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Images of one call, each next to its controls: pair by pair, the pairs of an image together.

    Attributes:
        x: The image of each pair.
        baseline: The control of each pair.
        slope: Of the call, for the plate of each pair, from wells that it has not seen.
        meaningless: The same of a call that was fitted on permuted labels.
        controls: Pairs per image.
        wells: Of each image.
        labels: Compartments of each image.
    """

    x: Float[Tensor, "p c h w"]
    baseline: Float[Tensor, "p c h w"]
    slope: Float[Tensor, "p d"]
    meaningless: Float[Tensor, "p d"]
    controls: int
    wells: np.ndarray
    labels: UInt8[np.ndarray, "n h w"]

    def by_image(self, pairs: Tensor) -> Tensor:
        """Return the mean over the controls of each image."""
        return pairs.reshape(-1, self.controls, *pairs.shape[1:]).mean(dim=1)
