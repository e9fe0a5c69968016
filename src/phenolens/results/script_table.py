"""The table of a page's script: what can be coloured by, asked for, and shown of a treatment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.drawing.packed import Packed
from phenolens.metrics.base import facts_of
from phenolens.results.contents import number
from phenolens.results.treatments import Row, text

MOST_VALUES = 4_500_000  # of features in one page: 12 MB
MOST_IN_PARTS = 40_000_000  # of features in a folder, where each is read when it is asked for


def script_table(
    profiles: Profiles,
    rows: Sequence[Row],
    thumbs: Mapping[str, int],
    most: int = MOST_VALUES,
) -> dict[str, Any]:
    """Return names, metadata, features and neighbours of the profiles, for JSON.

    Args:
        profiles: One row per point of the map.
        rows: The treatments with their neighbours.
        thumbs: Treatment -> number of its example image.
        most: Values of features that are kept.

    Returns:
        `names`; `columns` (name -> {`kind`: number, text or flag; `values`, of text as codes of
        `texts`}); `features` (names and packed values; of too many those that vary most, `left_out`
        counts the others); `near` (score -> neighbours by row); `thumbs` (row -> number).
    """
    names = names_of(profiles.meta)
    return {
        "names": names,
        "columns": {str(name): _column(profiles.meta[name]) for name in profiles.meta.columns},
        "features": _features(profiles, most),
        "near": _near(names, rows),
        "thumbs": {str(i): thumbs[name] for i, name in enumerate(names) if name in thumbs},
    }


def in_parts(made: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a page needs of a `script_table` at once, and what it may read later, by name.

    The names of the rows, each column, each feature and the neighbours of each score are a part:
    `names`, `column-0`, `feature-0`, `near-0`, counted in their order.
    """
    columns, features, near = made["columns"], dict(made["features"]), made["near"]
    later: dict[str, Any] = {"names": made["names"]}
    later |= {f"column-{i}": one for i, one in enumerate(columns.values())}
    later |= {f"near-{i}": one for i, one in enumerate(near.values())}
    later |= {f"feature-{i}": one for i, one in enumerate(features.pop("values"))}
    return {
        "columns": {
            name: {"kind": one["kind"], "part": f"column-{i}"}
            for i, (name, one) in enumerate(columns.items())
        },
        "features": features,
        "near": {name: f"near-{i}" for i, name in enumerate(near)},
        "thumbs": made["thumbs"],
    }, later


def names_of(meta: pd.DataFrame) -> list[str]:
    """Return what each row is called: its treatment, else what the first column says."""
    column = "treatment" if "treatment" in meta.columns else meta.columns[0]
    return [text(value) or "" for value in meta[column]]


def _column(values: pd.Series) -> dict[str, Any]:
    if pd.api.types.is_bool_dtype(values):
        flags = [None if value is pd.NA else bool(value) for value in values]
        return {"kind": "flag", "values": flags}
    if pd.api.types.is_numeric_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        plain = [float(f"{v:.7g}") if math.isfinite(v) else None for v in numbers.tolist()]
        return {"kind": "number", "values": plain}
    codes, distinct = pd.factorize(pd.Series([text(value) for value in values], dtype=object))
    return {"kind": "text", "values": codes.tolist(), "texts": [str(one) for one in distinct]}


def _features(profiles: Profiles, most_values: int) -> dict[str, Any]:
    values, names = profiles.features, list(profiles.names)
    most = max(1, most_values // max(1, len(values)))
    kept = np.arange(len(names))
    if len(names) > most:
        spread = np.nanstd(np.where(np.isfinite(values), values, np.nan), axis=0)
        kept = np.sort(np.argsort(-np.nan_to_num(spread), kind="stable")[:most])
    packed = Packed.of(values[:, kept])
    left_out = len(names) - len(kept)
    return {"names": [names[i] for i in kept], **packed.plain(), "left_out": left_out}


def _near(names: Sequence[str], rows: Sequence[Row]) -> dict[str, Any]:
    """Return score -> title, and by row the neighbour's name and place, hit and distance."""
    place: dict[str, int] = {}
    for i, name in enumerate(names):
        place.setdefault(name, i)
    by_name = {row.treatment: row for row in rows}
    made: dict[str, Any] = {}
    for key in dict.fromkeys(key for row in rows for key in row.answers):
        answers = [by_name[name].answers.get(key) if name in by_name else None for name in names]
        made[key] = {
            "title": facts_of(key).title,
            "at": [place.get(one.neighbour) if one else None for one in answers],
            "name": ["" if a is None or a.neighbour in place else a.neighbour for a in answers],
            "hit": [one.hit if one else None for one in answers],
            "distance": [
                round(number(one.distance), 4) if one and math.isfinite(one.distance) else None
                for one in answers
            ],
        }  # fmt: skip
    return made
