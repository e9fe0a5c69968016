"""A screen of fields becomes a screen of the cells in them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.ranges import at_least
from phenolens.core.screen import Screen
from phenolens.masks.window import Border, Others, Windows, fitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How cells are cut out: the settings that `find_cells` and `crop_cells` share.

    Attributes:
        side: Side of a crop, in pixels.
        border: What is done with a crop that leaves the field: `drop` it; `shift` it inside, so
            that its cell is not in the middle; or `pad` it with ground.
        others: `keep` neighbours, or make `ground` of every pixel that is nearer to another cell's
            centre: the 5th percentile of the field's channel.
    """

    side: int = 64
    border: Border = "drop"
    others: Others = "keep"

    def __post_init__(self) -> None:
        at_least(4, side=self.side)


def refuse_cells(screen: Screen) -> None:
    """Refuse a screen that shows single cells: there are no fields to cut.

    Raises:
        InputError: It does.
    """
    if screen.level == "cell":
        raise InputError("these are crops of cells already", fix="leave the step out")


def cut_out(
    screen: Screen,
    fields: Int64[np.ndarray, " n"],
    centres: Float64[np.ndarray, "n 2"],
    cut: Cut,
    columns: pd.DataFrame,
) -> tuple[Screen, dict[str, int]]:
    """Return the screen of the cells at these places, and what was found, as facts.

    Its rows are in the order of the fields. It has the columns of the fields, `cell` (a number from
    1 in its field, before any is dropped), `centre_y` and `centre_x`, and those given.

    Args:
        screen: Of fields.
        fields: Row of each cell's field, rising.
        centres: y and x of each cell, in pixels.
        cut: How.
        columns: Further columns, one row per cell.

    Raises:
        InputError: Crops are larger than the fields, or no cell is left.
    """
    kept = _kept(screen.size, centres, cut)
    number = pd.Series(fields).groupby(fields, observed=True).cumcount().to_numpy() + 1
    windows = Windows(
        read=screen.read,
        fields=fields,
        centres=centres,
        kept=np.flatnonzero(kept),
        side=cut.side,
        border=cut.border,
        others=cut.others,
        files=screen.identify,
    )
    meta = screen.meta.iloc[fields].reset_index(drop=True).drop(columns="cell", errors="ignore")
    own = {"cell": number, "centre_y": centres[:, 0], "centre_x": centres[:, 1]}
    meta = pd.concat([meta.assign(**own), columns.reset_index(drop=True)], axis=1)[kept]
    made = replace(
        screen,
        meta=meta.reset_index(drop=True),
        read=windows,
        size=(cut.side, cut.side),
        level="cell",
        identify=None if screen.identify is None else windows.identify,
    )
    with_cells = len(np.unique(fields))
    facts = {
        "cells": len(fields),
        "at_the_border": int((~kept).sum()),
        "fields_without_cells": len(screen) - with_cells,
    }
    return made, facts


def _kept(
    size: tuple[int, int], centres: Float64[np.ndarray, "n 2"], cut: Cut
) -> Bool[np.ndarray, " n"]:
    """Return which cells are cut out, at least one."""
    if cut.side > min(size):
        raise InputError(
            f"{cut.side} pixels are more than the fields have ({size[0]} x {size[1]})", where="side"
        )
    if not len(centres):
        raise InputError("no cell was found", fix="look at the fields, or choose another channel")
    kept = fitting(centres, size, cut.side, cut.border)
    if not kept.any():
        raise InputError(
            f"all crops of {cut.side} pixels leave their fields",
            where="side",
            fix="use a smaller one, or border = 'shift'",
        )
    return kept
