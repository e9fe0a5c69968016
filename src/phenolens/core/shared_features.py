"""Tables whose features differ: the features that all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def shared_features(
    parts: Sequence[Profiles], names: Sequence[str]
) -> tuple[list[Profiles], dict[str, Any]]:
    """Return the tables with the features that all of them have, in the first one's order.

    As published plates need it, where features were selected plate by plate.

    Args:
        parts: One for each file.
        names: The files' names.

    Returns:
        The tables, and an entry for the provenance: how many features each had, and how many
        they share.

    Raises:
        InputError: They share none.
    """
    known = [set(part.names) for part in parts]
    kept = [name for name in parts[0].names if all(name in there for there in known)]
    if not kept:
        raise InputError(f"no feature is in all of the {len(parts)} tables", where=names[0])
    made = []
    for part in parts:
        place = {name: i for i, name in enumerate(part.names)}
        columns = [place[name] for name in kept]
        made.append(replace(part, features=part.features[:, columns], names=tuple(kept)))
    counts = {name: len(part.names) for name, part in zip(names, parts, strict=True)}
    return made, {"step": "intersection", "features_in": counts, "features_out": len(kept)}
