"""Several scores of the same queries as one: row by row the mean over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.statistics.paired import KEYS


def mean_rows(scores: Sequence[Score]) -> Score:
    """Return a score whose rows are the means of the rows that all of these have.

    What another seed changes is then averaged treatment by treatment before anything is compared,
    so that seeds are not taken for further treatments. Of a single score only the columns that
    identify rows are kept, and rows without a value are left out.

    Args:
        scores: Of the same queries, one per seed; at least one.

    Raises:
        InputError: They have no row in common, or rows that no column identifies.
    """
    keys = [name for name in KEYS if all(name in score.rows for score in scores)]
    tables = [score.rows[[*keys, "value"]].dropna(subset=["value"]) for score in scores]
    if not keys or any(table.duplicated(keys).any() for table in tables):
        raise InputError(
            f"the rows of {scores[0].name} cannot be matched over the seeds: "
            + (
                f"{', '.join(keys)} does not identify them" if keys else "no column identifies them"
            ),
            fix=f"columns that identify rows: {', '.join(KEYS)}",
        )
    every = pd.concat([table.astype({"value": np.float64}) for table in tables])
    groups = every.groupby(keys, dropna=False, observed=True, sort=True)["value"]
    found = groups.agg(["mean", "size"]).reset_index()
    rows = (
        found[found["size"] == len(scores)].drop(columns="size").rename(columns={"mean": "value"})
    )
    if rows.empty:
        raise InputError(f"the seeds of {scores[0].name} have no row in common")
    value = float(np.mean([score.value for score in scores]))
    return replace(scores[0], value=value, rows=rows.reset_index(drop=True), n=len(rows))
