"""Permuted calls: fitted on labels that mean nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.calls.linear import Calls, fit_calls
from phenolens.calls.scales import places_of
from phenolens.calls.wells import codes_of_wells
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows


def permuted_calls(embeddings: Profiles, same: str, seed: int, by: str) -> Calls:
    """Return calls fitted on wells whose labels were exchanged within each plate.

    A well takes the value and the control flag of another well of its plate (or of `by`), with all
    its tiles, so that every plate keeps its number of wells of each value. Adebayo et al. 2018
    (arXiv 1810.03292, section 3.2) train on permuted labels.

    Args:
        embeddings: One row per tile; with plate, well, control and the column.
        same: The column that is called.
        seed: Of the exchange.
        by: Column within which labels are exchanged, as for `fit_calls`.

    Raises:
        InputError: As `fit_calls`.
    """
    meta = embeddings.meta
    wells = codes_of_wells(meta)
    first = np.unique(wells, return_index=True)[1]
    place = pd.factorize(places_of(meta, by)[first])[0]
    rng = np.random.default_rng(seed)
    giver = np.arange(len(first))
    for one in np.unique(place):
        there = np.flatnonzero(place == one)
        giver[there] = rng.permutation(there)
    taken = first[giver][wells]
    changed = meta.assign(
        **{same: meta[same].to_numpy()[taken], "control": control_rows(meta)[taken]}
    )
    return fit_calls(Profiles(meta=changed, features=embeddings.features), same, seed, by)
