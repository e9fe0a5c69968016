"""The task of a lens: which tiles are called what, and how their wells are dealt to folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.calls.few import in_turn
from phenolens.calls.linear import called
from phenolens.calls.scales import Scales
from phenolens.calls.wells import well_codes
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.statistics.folds_by_group import folds_by_group

CONTROL = "control"
_LEAST = 2  # wells of a value: one to learn from, one to be asked about


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Tiles, what each is called, and which well and plate it is from.

    Attributes:
        same: The column.
        names: What is called: the values that at least two wells have, then `control`.
        row: Of each tile in the table of embeddings.
        image: Row of the screen.
        tile: Its number in the image.
        label: Place in `names`.
        well: A code.
        place: Plate (or batch), as the scales number it.
    """

    same: str
    names: tuple[str, ...]
    row: Int64[np.ndarray, " n"]
    image: Int64[np.ndarray, " n"]
    tile: Int64[np.ndarray, " n"]
    label: Int64[np.ndarray, " n"]
    well: Int64[np.ndarray, " n"]
    place: Int64[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def of(
        cls, embeddings: Profiles, scales: Scales, tiles: int, same: str, most: int, seed: int
    ) -> Task:
        """Return all tiles of some images of every value, and of the controls.

        As in the paper, controls are a class like the others. Wells are taken in turn.

        Args:
            embeddings: One row per tile, the tiles of an image one after the other.
            scales: Of these embeddings.
            tiles: How many an image has.
            same: The column; empty: mechanisms, else compounds, else treatments.
            most: Images of each value, and of the controls.
            seed: Of the draw of images.

        Raises:
            InputError: A column is missing, or fewer than two values have two wells.
        """
        same = same or called(embeddings.meta)
        first = np.arange(0, len(embeddings), tiles)
        values = embeddings.column(same, "lens").iloc[first]
        control = control_rows(embeddings.meta)[first]
        well = well_codes(embeddings, "lens")[first]
        text = values.astype(str).str.strip().to_numpy(dtype=object)
        text[values.isna().to_numpy()] = None
        text[control] = CONTROL
        wells = pd.Series(well).groupby(pd.Series(text), observed=True).nunique()
        kept = wells.index[wells >= _LEAST]
        names = (*sorted(kept.drop(CONTROL, errors="ignore")), *kept.intersection([CONTROL]))
        if len(names) < 2:
            raise InputError(
                f"fewer than two values of {same} have two wells: there is nothing to tell apart",
                where="lens.same",
                fix='explain another column, as same = "compound" or "moa"',
            )
        label = pd.Index(names, dtype=object).get_indexer(text).astype(np.int64)
        image = in_turn(label, well, most, seed)
        row = (image[:, None] * tiles + np.arange(tiles)).ravel()
        return cls(
            same=same,
            names=names,
            row=row,
            image=np.repeat(image, tiles),
            tile=np.tile(np.arange(tiles), len(image)),
            label=np.repeat(label[image], tiles),
            well=np.repeat(well[image], tiles),
            place=scales.of_rows(embeddings.meta.iloc[row]),
        )

    def folds(self, seed: int, folds: int = 2) -> Int64[np.ndarray, " n"]:
        """Return the fold of each tile: whole wells, each value in both folds."""
        return folds_by_group(self.well, self.label, folds, seed)

    def permuted(
        self, fold: Int64[np.ndarray, " n"], rng: np.random.Generator
    ) -> Int64[np.ndarray, " n"]:
        """Return labels dealt anew to the wells of each fold: as many wells have each as before."""
        _, first, code = np.unique(self.well, return_index=True, return_inverse=True)
        dealt = self.label[first].copy()
        for held in np.unique(fold):
            here = np.flatnonzero(fold[first] == held)
            dealt[here] = dealt[rng.permutation(here)]
        return dealt[code]
