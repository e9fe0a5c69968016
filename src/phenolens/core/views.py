"""Views: the tensors of one training step, and what is known of them before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from phenolens.core.errors import InputError

if TYPE_CHECKING:  # the table half never loads torch
    from torch import Tensor

Kind = Literal["global", "local"]


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What one training step sees: crops of n anchors and of their n partners.

    Attributes:
        images: One tensor per view, (n, channel, height, width) float, on the training device.
        kinds: One per view: `global` views are large, `local` views small.
        sources: One per view: 0 where it is cut from the anchor, 1 where from the partner.
        rows: (n, 2) int64, the anchor's and the partner's row in the screen.
        codes: Requested column -> (n, 2) int64, the codes of its values for anchor and partner, in
            the order of `ViewFacts.values`. -1 is a missing value; it occurs only where the method
            accepts missing values.
    """

    images: tuple[Tensor, ...]
    kinds: tuple[Kind, ...]
    sources: tuple[int, ...]
    rows: Tensor
    codes: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    def of_kind(self, kind: Kind) -> tuple[Tensor, ...]:
        """Return the views of one kind, in order."""
        return tuple(x for x, k in zip(self.images, self.kinds, strict=True) if k == kind)

    def codes_of(self, column: str, kind: Kind | None = None) -> tuple[Tensor, ...]:
        """Return a column's codes for each view, (n,) int64: those of the image that it shows.

        Args:
            column: A requested column.
            kind: Only the views of this kind, in the order of `of_kind`; all views when None.
        """
        codes = self.codes[column]
        shown = zip(self.kinds, self.sources, strict=True)
        return tuple(codes[:, source] for k, source in shown if kind in (None, k))


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """What is known of all views before training; a method's constructor is given it.

    Attributes:
        channels: Names of the channels, in order.
        sizes: Side of a view of each kind that occurs, in pixels.
        values: Requested column -> its distinct values as text, in the order of their codes. Only
            images that may be shown count.
        missing: Requested column -> where its first missing value is, in words. Columns without
            missing values are absent.
        counts: Requested column -> how many images have each value, in the order of their codes.
        standardized: Whether pixels are brought to mean 0 and sd 1; else they are in [0, 1], but
            for what a change of intensity adds.
        views: How many views a step has; 0: not known.
    """

    channels: tuple[str, ...]
    sizes: Mapping[Kind, int]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    standardized: bool = False
    views: int = 0

    def valued(self, column: str, where: str) -> tuple[str, ...]:
        """Return the values of a column, in the order of their codes.

        Args:
            column: Its name.
            where: The setting that names it, for the message.

        Raises:
            InputError: The column was not requested.
        """
        if column not in self.values:
            raise InputError(f"the views have no column {column!r}", where=where)
        return self.values[column]
