"""The same plate and well in two files: a copy is refused, anything else is warned of by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.ids import id_text

_PLACE = ("plate", "well", "site", "cell", "time", "treatment", "replicate", "source", "batch")


def repeated_places(parts: Sequence[Profiles], names: Sequence[str]) -> Iterator[str]:
    """Yield a warning for files that share a plate, with the first place that they share.

    Args:
        parts: One per file.
        names: The files' names.

    Raises:
        InputError: Two files have the same features for the same plate and well: one is a copy.
    """
    seen: dict[str, int] = {}
    warned: set[tuple[int, int]] = set()
    for number, part in enumerate(parts):
        if "plate" not in part.meta.columns:
            continue
        for plate in pd.unique(id_text(part.meta["plate"]).dropna()):
            first = seen.setdefault(str(plate), number)
            if first == number or (first, number) in warned:
                continue
            warned.add((first, number))
            yield _warning(parts[first], part, names[first], names[number], str(plate))


def _warning(one: Profiles, other: Profiles, first: str, second: str, plate: str) -> str:
    keys = [n for n in _PLACE if n in one.meta.columns and n in other.meta.columns]
    where = [pd.DataFrame({n: id_text(p.meta[n]) for n in keys}) for p in (one, other)]
    rows = [table.reset_index().drop_duplicates(keys) for table in where]
    both = rows[0].merge(rows[1], on=keys, how="inner")
    if "well" not in keys or not len(both):
        return f"plate {plate} is in {first} and in {second}"
    place = f"plate {both['plate'].iloc[0]}, well {both['well'].iloc[0]}"
    left = one.features[both["index_x"].to_numpy()]
    place_of = {name: i for i, name in enumerate(other.names)}
    right = other.features[both["index_y"].to_numpy()][:, [place_of[n] for n in one.names]]
    if np.array_equal(left, right, equal_nan=True):
        raise InputError(
            f"{place} is in {first} and, with the same values, in {second} "
            f"({count_of(len(both), 'such row')})",
            fix="name one of the two files only",
        )
    return f"{place} is in {first} and in {second} ({len(both)} places are in both)"
