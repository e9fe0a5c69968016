"""The pixel step `crop_cells`: fields become crops around the centres that a table names."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.images.locations import PLACE, read_locations
from phenolens.masks.cut import Cut, cut_out, refuse_cells


@dataclass(frozen=True, kw_only=True)
class CropCells(Cut):
    """Cut a crop around each cell whose centre is in a table of CellProfiler or DeepProfiler.

    The crops have all channels. New columns: `cell` (its place in the table's rows of the field,
    from 1), `centre_y`, `centre_x`. Fields without a row in the table have no crop; the history
    counts them, and rows of fields that the screen does not have.

    Attributes:
        table: The file, or DeepProfiler's folder `locations`; from where the command is run.
        side: Side of a crop, in pixels.
        border: What is done with a crop that leaves the field: `drop` it; `shift` it inside, so
            that its cell is not in the middle; or `pad` it with ground. Centres outside of the
            field are dropped.
        others: `keep` neighbours, or make `ground` of every pixel that is nearer to another cell's
            centre: the 5th percentile of the field's channel.
    """

    table: str

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of cells.

        Raises:
            InputError: The screen shows cells already; the table cannot be read, shares no column
                of plate, well and site, names several fields by one row, or names none.
        """
        refuse_cells(screen)
        cells = read_locations(Path(self.table))
        by = [name for name in PLACE if name in cells and name in screen.meta]
        if "well" not in by:
            raise InputError("names no well", where=self.table, fix="add a column well")
        meta = screen.meta[by].astype(str)
        if meta.duplicated().any():
            first = " ".join(meta[meta.duplicated()].iloc[0])
            raise InputError(
                f"{', '.join(by)} do not tell fields apart; the first that is twice: {first}",
                where=self.table,
                fix=f"add the columns {', '.join(n for n in PLACE if n not in by)} to the table"
                if len(by) < len(PLACE)
                else "project planes first",
            )
        row = pd.Series(np.arange(len(screen)), pd.MultiIndex.from_frame(meta))
        field = row.reindex(pd.MultiIndex.from_frame(cells[by].astype(str))).to_numpy(np.float64)
        known = np.isfinite(field)
        if not known.any():
            one = [" ".join(map(str, table[by].iloc[0])) for table in (cells, screen.meta)]
            raise InputError(
                f"no row is of a field of the screen: it has {one[0]}, the screen {one[1]}",
                where=self.table,
            )
        order = np.flatnonzero(known)[np.argsort(field[known], kind="stable")]
        centres = cells[["y", "x"]].to_numpy(np.float64)[order]
        none = pd.DataFrame(index=range(len(order)))
        made, facts = cut_out(screen, field[order].astype(np.int64), centres, self, none)
        return screen.after(self, made, rows_of_other_fields=int((~known).sum()), **facts)

    @classmethod
    def example(cls, screen: Screen) -> CropCells:
        """Return the step with two cells per field, one of them at its border."""
        place = screen.meta[[name for name in PLACE if name in screen.meta]].drop_duplicates()
        height, width = screen.size
        inner = place.assign(y=height / 2, x=width / 2)
        table = pd.concat([inner, place.assign(y=1.0, x=width / 3)])
        path = Path(tempfile.mkdtemp()) / "cells.csv"
        table.to_csv(path, index=False)
        return cls(table=str(path), side=max(4, min(screen.size) // 5), border="shift")
