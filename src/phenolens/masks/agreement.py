"""How well found objects agree with drawn ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer


@dataclass(frozen=True, slots=True)
class Agreement:
    """Objects that were found, invented and missed.

    Attributes:
        found: Pairs of objects whose intersection is at least a part `iou` of their union.
        false: Found objects without a partner.
        missed: Drawn objects without one.
    """

    found: int
    false: int
    missed: int

    @property
    def f1(self) -> float:
        """2 found / (2 found + false + missed); 1 where there is nothing to find."""
        both = 2 * self.found + self.false + self.missed
        return 2 * self.found / both if both else 1.0


def agreement(
    labels: Integer[np.ndarray, "h w"], truth: Integer[np.ndarray, "h w"], iou: float = 0.5
) -> Agreement:
    """Return how two label images agree; labels may have gaps.

    Args:
        labels: What was found; 0 is the ground.
        truth: What was drawn.
        iou: Above 0.5 an object has at most one partner; at 0.5 ties count for the first.
    """
    shares = overlaps(labels, truth)
    hits = shares >= iou
    found = int(min(hits.any(axis=0).sum(), hits.any(axis=1).sum()))
    return Agreement(found, shares.shape[1] - found, shares.shape[0] - found)


def overlaps(
    labels: Integer[np.ndarray, "h w"], truth: Integer[np.ndarray, "h w"]
) -> Float64[np.ndarray, "drawn found"]:
    """Return intersection over union of every pair of objects."""
    found = np.unique(labels, return_inverse=True)
    drawn = np.unique(truth, return_inverse=True)
    shape = (len(drawn[0]), len(found[0]))
    joint = np.bincount(
        drawn[1].ravel() * shape[1] + found[1].ravel(), minlength=shape[0] * shape[1]
    ).reshape(shape)
    inside = joint[drawn[0] != 0][:, found[0] != 0]
    areas = np.bincount(drawn[1].ravel(), minlength=shape[0])[drawn[0] != 0]
    others = np.bincount(found[1].ravel(), minlength=shape[1])[found[0] != 0]
    return inside / (areas[:, None] + others[None, :] - inside)
