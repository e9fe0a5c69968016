"""Views: the tensors that one training step sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # the table half never loads torch
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What one training step sees: crops of n anchors and of their n partners.

    Attributes:
        images: One tensor per view, (n, channel, height, width) float, on the training device.
        kinds: One per view: `global` views are large, `local` views small.
        sources: One per view: 0 where it is cut from the anchor, 1 where from the partner.
        rows: (n, 2) int64, the anchor's and the partner's row in the screen.
        batch: (n, 2) int64 codes of the experimental batch of anchor and partner.
    """

    images: tuple[Tensor, ...]
    kinds: tuple[Literal["global", "local"], ...]
    sources: tuple[int, ...]
    rows: Tensor
    batch: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def of_kind(self, kind: Literal["global", "local"]) -> tuple[Tensor, ...]:
        """Return the views of one kind, in order."""
        return tuple(x for x, k in zip(self.images, self.kinds, strict=True) if k == kind)
