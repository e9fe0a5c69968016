"""The baseline of CellProfiler's features: what classical measurements of the same cells reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from phenolens.baselines.base import Given
from phenolens.classical.profiles import classical_profiles
from phenolens.core.profiles import Profiles


@dataclass(frozen=True, kw_only=True)
class CellProfiler:
    """CellProfiler's features of nuclei and cells, median per image: what classical features reach.

    Measured by cp_measure (the extra `classical`), under CellProfiler's names; nuclei and cells are
    found by `masks`. An image without a cell has the medians over all images: `cell_count` is the
    baseline that sees it.
    """

    title: ClassVar[str] = "CellProfiler features"
    uses_encoder: ClassVar[bool] = False

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return the features of each image.

        Raises:
            InputError: cp_measure is not installed, or no image shows a cell.
        """
        return {"all": classical_profiles(given.screen)}
