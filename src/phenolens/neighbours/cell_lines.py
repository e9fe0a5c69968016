"""Cell lines: rows are compared within one line only."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.reading.spelling import spelt
from phenolens.core.values import Values


def rows_by_line(meta: pd.DataFrame) -> tuple[dict[str, Int64[np.ndarray, " k"]], list[str]]:
    """Return the rows of each cell line, sorted by name, and what was left out.

    A table without the column `cell_line` is one line, whose name is empty. Names are compared
    whole: M14 the line has nothing to do with M14 the well.
    """
    if "cell_line" not in meta.columns:
        return {"": np.arange(len(meta))}, []
    known = Values.of(meta["cell_line"]).known
    plain = spelt(meta["cell_line"].infer_objects(), "cell_line")  # times too, in one spelling
    text = plain.astype(str).str.strip().to_numpy(dtype=object)
    lines = {name: np.flatnonzero(known & (text == name)) for name in sorted(set(text[known]))}
    lost = int((~known).sum())
    return lines, [f"rows without cell_line left out: {lost}"] if lost else []
