"""The metadata of a group of rows in one row: what is constant stays, what varies is joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.columns import KNOWN
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.reading.flags import true_or_false
from phenolens.core.reading.numbers import numbers
from phenolens.core.values import SEPARATOR
from phenolens.grouping.groups import RowGroups, value_text

# A group may hold several of these; rules and readers need to know which.
JOINED = frozenset(KNOWN) - {"control", "site", "cell"}


def metadata(
    meta: pd.DataFrame,
    groups: RowGroups,
    codes: Int64[np.ndarray, " n"],
    start: Int64[np.ndarray, " g"],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the groups' metadata, and what was done with the columns that vary.

    Raises:
        InputError: A group holds controls and others, a count is not a number, or a `control` is
            neither true nor false.
    """
    made: dict[str, Any] = {}
    joined, dropped, partly = [], [], {}
    for name in map(str, meta.columns):
        values = meta[name]
        if name == "count":
            continue
        if name == "control":
            values = pd.Series(true_or_false(values))
        if name in groups.by or _constant(values, codes, start):
            made[name] = values.iloc[start].to_numpy()
        elif name == "control":
            _refuse_mixed(values, groups, codes)
        elif name in JOINED:
            made[name], partly[name] = _join(values, codes, len(groups))
            joined.append(name)
        else:
            dropped.append(name)
    ones = pd.Series(1, index=meta.index, dtype=np.int64)
    count = numbers(meta["count"].infer_objects(), "count") if "count" in meta.columns else ones
    made["count"] = np.add.reduceat(count.to_numpy(), start)
    facts: dict[str, Any] = {
        "joined": joined,
        "dropped": dropped,
        "partly_missing": {name: k for name, k in partly.items() if k},
    }
    return pd.DataFrame(made), facts


def _constant(
    values: pd.Series, codes: Int64[np.ndarray, " n"], start: Int64[np.ndarray, " g"]
) -> bool:
    """Return whether a column has one value (or none at all) within every group."""
    found = pd.factorize(values)[0]
    return bool((found == found[start][codes]).all())


def _refuse_mixed(values: pd.Series, groups: RowGroups, codes: Int64[np.ndarray, " n"]) -> None:
    share = np.bincount(codes, values) / np.bincount(codes)
    mixed = np.flatnonzero((share > 0) & (share < 1))
    raise InputError(
        f"{groups.name(int(mixed[0]))} holds negative controls and others "
        f"({count_of(len(mixed), 'such group')})",
        fix="add `control` or `treatment` to `by`",
    )


def _join(values: pd.Series, codes: Int64[np.ndarray, " n"], n: int) -> tuple[list[Any], int]:
    """Return each group's values as sorted text joined by `|`, and how many groups lack some."""
    found, distinct = pd.factorize(values)
    words = [{w.strip() for w in value_text(v).split(SEPARATOR)} - {""} for v in distinct]
    sets: list[set[str]] = [set() for _ in range(n)]
    pairs = np.unique(codes * (len(words) + 1) + found + 1)  # found is -1 where missing
    some_missing = np.zeros(n, dtype=bool)
    for group, word in zip(*np.divmod(pairs, len(words) + 1), strict=True):
        if word == 0:
            some_missing[group] = True
        else:
            sets[group].update(words[word - 1])
    cells = [SEPARATOR.join(sorted(s)) if s else np.nan for s in sets]
    return cells, int((some_missing & np.array([bool(s) for s in sets])).sum())
