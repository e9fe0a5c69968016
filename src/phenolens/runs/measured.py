"""What was measured in each image, as columns of the rows that an encoder makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.runs.joined import rows_of_images


def measured_key(key: str, measured: Iterable[str]) -> str:
    """Return the key of embeddings with such columns.

    Args:
        key: Of the embeddings alone.
        measured: Keys of what was measured.
    """
    return " + ".join((key, *measured))


def refuse_twice(meta: pd.DataFrame, measures: Mapping[str, Iterable[str]]) -> None:
    """Raise where the screen has a column of that name already.

    Args:
        meta: Of the screen.
        measures: Columns that each baseline measures.

    Raises:
        InputError: It has one: names it.
    """
    for name, columns in measures.items():
        for column in columns:
            if column in meta.columns:
                raise InputError(
                    f"{name} measures '{column}', and the screen has such a column",
                    where="measured",
                    fix="leave it out of `measured`, or rename the column of the screen",
                )


def with_columns(profiles: Profiles, measured: Mapping[str, Profiles]) -> Profiles:
    """Return embeddings with the figures of each row's image as metadata.

    A figure that the embeddings have as a feature (those of the baseline itself) stays one.

    Args:
        profiles: (images x tiles) rows, those of an image next to each other.
        measured: Tables with one row per image, in the same order.
    """
    made: dict[str, np.ndarray] = {}
    for name, table in measured.items():
        rows = rows_of_images(profiles, name, table)
        columns = zip(table.names, table.features.T, strict=True)
        made |= {
            column: values[rows].astype(np.float64)
            for column, values in columns
            if column not in profiles.names
        }
    entry = {"step": "measured", "by": [*measured], "columns": [*made]}
    meta = profiles.meta.assign(**made)
    return replace(profiles, meta=meta, provenance=(*profiles.provenance, entry))
