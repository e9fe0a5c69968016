"""The table as the search sees it: without the answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from phenolens.chains.chain import Tables
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

TRUTHS = ("moa", "target")
# What layout and steps may read: where a well is, what it was given, how many cells it has.
SEEN = (
    "source",
    "batch",
    "plate",
    "well",
    "site",
    "replicate",
    "compound",
    "concentration",
    "treatment",
    "control",
    "cell_line",
    "time",
    "count",
)


def without_answer(profiles: Profiles, chains: Sequence[Tables]) -> Profiles:
    """Return the profiles with the columns that a search may see, and no other.

    Those are plates, wells, batches, compounds, doses, controls, counts, and what a step of the
    chains names. No mechanism or target is among them, whatever its column is called.

    Raises:
        InputError: A step names `moa` or `target`.
    """
    named = {word for chain in chains for table in chain for word in _words(table)}
    for truth in TRUTHS:
        if truth in named:
            raise InputError(
                f"a step names '{truth}', and the search may not see it",
                fix="take that chain out of the space",
            )
    kept = [name for name in profiles.meta.columns if name in SEEN or name in named]
    return replace(profiles, meta=profiles.meta[kept].copy())


def fingerprint(profiles: Profiles) -> str:
    """Return a hash of all that the search sees."""
    digest = hashlib.sha256("\n".join(profiles.names).encode())
    digest.update(np.ascontiguousarray(profiles.features).tobytes())
    digest.update(profiles.meta.to_csv(index=False).encode())
    return digest.hexdigest()


def _words(value: Any) -> Iterator[str]:
    """Yield every word in a step's settings: columns by name, and those of a query."""
    if isinstance(value, str):
        yield from re.findall(r"\w+", value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)
