"""Stack: several tables of profiles as one, row under row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from phenolens.core.columns import with_roles
from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles


def stack(parts: Sequence[Profiles], names: Sequence[str] = ()) -> Profiles:
    """Return the parts' rows one under the other, as the plates of a screen that are a file each.

    Features are matched by name and come in the first part's order. A metadata column that a part
    lacks is missing in its rows; one that is text in one part and a number in another (plates
    `41` and `P42`) becomes text in all.

    Args:
        parts: At least one, of the same features.
        names: What to call the parts in messages; numbers unless given.

    Raises:
        InputError: No part, or one whose features are not those of the first: names one.

    Example:
        >>> one = Profiles(meta=pd.DataFrame({"plate": ["a"]}), features=np.ones((1, 2)))
        >>> len(stack([one, one]))
        2
    """
    if not parts:
        raise InputError("no table to stack")
    first = parts[0]
    called = list(names) or [f"table {i}" for i in range(len(parts))]
    columns = [_places(part, first, name) for part, name in zip(parts, called, strict=True)]
    if len(parts) == 1:
        return first
    chains = [list(part.provenance) for part in parts]
    alike = all(chain == chains[0] for chain in chains)
    return Profiles(
        meta=_metadata([part.meta for part in parts]),
        features=np.concatenate([p.features[:, c] for p, c in zip(parts, columns, strict=True)]),
        names=first.names,
        provenance=first.provenance
        if alike
        else ({"step": "stack", "parts": dict(zip(called, chains, strict=True))},),
    )


def _places(part: Profiles, first: Profiles, called: str) -> list[int]:
    """Return where a part has each feature of the first."""
    place = {name: i for i, name in enumerate(part.names)}
    absent = [name for name in first.names if name not in place]
    if absent:
        raise InputError(
            f"lacks the feature '{absent[0]}' of the tables before ({len(absent)} such)",
            where=called,
            fix=nearest(absent[0], part.names[:20]) if len(part.names) <= 20 else "",
        )
    extra = sorted(set(part.names) - set(first.names))
    if extra:
        raise InputError(
            f"has a feature '{extra[0]}' that the tables before lack ({len(extra)} such)",
            where=called,
            fix="select the features of all tables together, or drop it",
        )
    return [place[name] for name in first.names]


def _metadata(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the union of the columns, each of one kind."""
    columns = dict.fromkeys(name for table in tables for name in table.columns)
    joined = {}
    for name in columns:
        found = [
            table[name] if name in table else pd.Series(np.nan, table.index, dtype=object)
            for table in tables
        ]
        kinds = {_kind(values) for values in found if values.notna().any()}
        if len(kinds) > 1:
            found = [_text(values) for values in found]
        elif any(values.dtype != found[0].dtype for values in found):
            found = [values.astype(object) for values in found]
        joined[name] = pd.concat(found, ignore_index=True).infer_objects()
    return with_roles(pd.DataFrame(joined))


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _text(values: pd.Series) -> pd.Series:
    return values.map(lambda value: value if pd.isna(value) else str(value)).astype(object)
