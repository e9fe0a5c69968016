"""Which calls are real: rows of unseen wells against the controls of the same plates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Int64
from scipy.stats import mannwhitneyu

from phenolens.calls.linear import Calls
from phenolens.core.profiles import Profiles
from phenolens.statistics.holm import holm


def quality(calls: Calls, embeddings: Profiles) -> pd.DataFrame:
    """Return for each call how well it tells unseen wells from controls of the same plates.

    Wells are judged, each by the mean margin of its tiles. `auc` is the share of pairs (a well of
    the call, a control well) that are in the right order, 0.5 by chance; `p` is that of the
    one-sided Mann-Whitney test, `p_holm` after Holm's correction over the calls.

    Args:
        calls: Fitted on these embeddings.
        embeddings: One row per tile.

    Returns:
        One row per call: its name under the column's own name, `wells`, `auc`, `p`, `p_holm`.
    """
    rows = []
    for call, name in enumerate(calls.names):
        own, controls = calls.rows_of(call)
        here, there = (
            _by_well(calls.margins(embeddings.features[part], part, call), calls.well[part])
            for part in (own, controls)
        )
        test = mannwhitneyu(here, there, alternative="greater")
        auc = float(test.statistic) / (len(here) * len(there))
        rows.append({calls.same: name, "wells": len(here), "auc": auc, "p": float(test.pvalue)})
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p"].to_numpy()))


def _by_well(margins: np.ndarray, well: Int64[np.ndarray, " k"]) -> np.ndarray:
    code, names = pd.factorize(well)
    return np.asarray(np.bincount(code, margins) / np.bincount(code, minlength=len(names)))
