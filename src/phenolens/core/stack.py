"""Stack: several tables of profiles as one, row under row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles
from phenolens.core.reading.ids import id_text
from phenolens.core.roles import with_roles
from phenolens.core.source import Source

# What to do with tables whose features differ.
_SHARED = "keep the features that all tables have with --features intersection"


def stack(parts: Sequence[Profiles], names: Sequence[str] = (), *, roles: bool = True) -> Profiles:
    """Return the rows of all parts in one table, such as the plates of a screen, a file each.

    Features are matched by name and keep the order of the first part. A metadata column that a
    part lacks is missing in its rows; one that is text in one part and a number in another
    (plates `41` and `P42`) becomes text in all.

    Args:
        parts: At least one; all with the same features.
        names: Names of the parts in messages; numbers by default.
        roles: Controls and treatments are derived where the parts lack them.

    Raises:
        InputError: No part, or a part with other features than the first: names one.

    Example:
        >>> one = Profiles(meta=pd.DataFrame({"plate": ["a"]}), features=np.ones((1, 2)))
        >>> len(stack([one, one]))
        2
    """
    if not parts:
        raise InputError("no table to stack")
    first = parts[0]
    titles = list(names) or [f"table {i}" for i in range(len(parts))]
    columns = [
        _places(part, name, first, titles[0]) for part, name in zip(parts, titles, strict=True)
    ]
    if len(parts) == 1:
        return first
    chains = [list(part.provenance) for part in parts]
    meta = _metadata([part.meta for part in parts])
    alike = all(chain == chains[0] for chain in chains)
    return Profiles(
        meta=with_roles(meta) if roles else meta,
        features=np.concatenate([p.features[:, c] for p, c in zip(parts, columns, strict=True)]),
        names=first.names,
        provenance=first.provenance
        if alike
        else ({"step": "stack", "parts": dict(zip(titles, chains, strict=True))},),
        source=Source.stack(
            [Source.of(p.meta.index) if p.source is None else p.source for p in parts], titles
        ),
    )


def _places(part: Profiles, name: str, first: Profiles, first_name: str) -> list[int]:
    """Return the column of each feature of the first table in a part."""
    place = {feature: i for i, feature in enumerate(part.names)}
    absent = [feature for feature in first.names if feature not in place]
    if absent:
        raise InputError(
            f"lacks the feature '{absent[0]}' of {first_name} ({len(absent)} missing)",
            where=name,
            fix=(f"{nearest(absent[0], part.names)}; " if len(part.names) <= 20 else "") + _SHARED,
        )
    extra = sorted(set(part.names) - set(first.names))
    if extra:
        raise InputError(
            f"has the feature '{extra[0]}', which {first_name} lacks ({len(extra)} extra)",
            where=name,
            fix=_SHARED,
        )
    return [place[feature] for feature in first.names]


def _metadata(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the union of the columns; each has one type."""
    columns = dict.fromkeys(name for table in tables for name in table.columns)
    joined = {}
    for name in columns:
        found = [
            table[name] if name in table else pd.Series(np.nan, table.index, dtype=object)
            for table in tables
        ]
        kinds = {_kind(values) for values in found if values.notna().any()}
        if len(kinds) > 1:
            found = [id_text(values) for values in found]
        elif any(values.dtype != found[0].dtype for values in found):
            found = [values.astype(object) for values in found]
        joined[name] = pd.concat(found, ignore_index=True).infer_objects()
    return pd.DataFrame(joined)


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"
