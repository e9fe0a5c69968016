"""Tables of profiles as people have them, made by hypothesis: any type, gaps, ties, few rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

TEXTS = ("ä ß/µ", "a|b", "x " * 3, "日本", "NA", "-", "1e3", "007", "c,d;e", "'q\"", "%s{0}")
GAPS = (None, np.nan, pd.NA, pd.NaT)
DTYPES = ("category", "ordered", "string", "nullable", "object", "arrow")
NAMES = ("f,1", " µ", "Cells_AreaShape_Area", "1", "x\ny")


@dataclass(frozen=True)
class OddTable:
    """What Profiles are made of: `Profiles(**vars(table))`."""

    meta: pd.DataFrame
    features: np.ndarray
    names: tuple[str, ...]


@st.composite
def odd_tables(draw: st.DrawFn) -> OddTable:
    """Return a small screen of wells with up to four oddities; metadata in columns of objects."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    plates, wells = draw(st.sampled_from([1, 2, 4])), draw(st.sampled_from([4, 8, 12]))
    meta = _screen(plates, wells)
    x = rng.normal(size=(len(meta), draw(st.sampled_from([3, 5]))))
    x += 2 * rng.normal(size=(99, x.shape[1]))[pd.factorize(meta["compound"])[0]]
    for column in draw(st.lists(st.sampled_from(list(meta)), max_size=3, unique=True)):
        change = draw(st.sampled_from([*CHANGES, ""]))
        if change:
            some = rng.random(len(meta)) < 0.3
            meta[column] = pd.Series(CHANGES[change](list(meta[column]), some), dtype=object)
        else:
            meta = meta.drop(columns=column)
    for change in draw(st.lists(st.sampled_from(list(FEATURES)), max_size=1)):
        x = FEATURES[change](x, int(rng.integers(len(x))))
    names = NAMES if draw(st.booleans()) else tuple(f"f{j:04d}" for j in range(5))
    if draw(st.booleans()):
        meta = meta.rename(columns={"note": 7})  # a name that is a number
    rows = rng.permutation(len(meta))
    rows = rows[: draw(st.sampled_from([len(meta)] * 6 + [0, 1, 2, 3, 5, 9]))]
    meta = meta.iloc[rows].set_axis(rows + 5)
    return OddTable(meta, x[rows].astype(np.float32), names[: x.shape[1]])


@st.composite
def other_types(draw: st.DrawFn, table: OddTable) -> OddTable:
    """Return the same values in columns of other types."""
    meta = table.meta.copy()
    for column in meta.columns:
        meta[column] = retyped(meta[column], draw(st.sampled_from(DTYPES)))
    return OddTable(meta, table.features, table.names)


def retyped(values: pd.Series, kind: str) -> pd.Series:
    """Return the same values in a column of another type, where it can hold them."""
    known = values[values.notna()]
    texts = bool(len(known)) and all(isinstance(v, str) for v in known)
    if kind in ("category", "ordered"):
        distinct = list(pd.unique(known))
        more = ["unused"] if texts else []
        whole = values.astype(object).where(values.notna(), np.nan)
        made = pd.Categorical(whole, distinct[::-1] + more, ordered=kind == "ordered")
        return pd.Series(made, index=values.index)
    if kind == "nullable":
        return values.convert_dtypes()
    if kind in ("string", "arrow") and texts:
        return values.astype("string" if kind == "string" else "string[pyarrow]")
    gap = pd.NA if kind == "string" else np.nan
    return values.astype(object).where(values.notna(), gap)


def _screen(plates: int, wells: int) -> pd.DataFrame:
    """Return plates of one control in four, and compounds at two doses."""
    rows = []
    for plate in range(plates):
        for k in range(wells):
            compound = None if k % 4 == 3 else (k // 4) * 3 + k % 4
            rows.append(
                {
                    "plate": f"p{plate}",
                    "well": f"{'ABC'[k % 3]}{k // 3 + 1:02d}",
                    "batch": f"b{plate // 2}",
                    "compound": "DMSO" if compound is None else f"c{compound}",
                    "concentration": None if compound is None else 1.0 + plate % 2 * 2,
                    "treatment": "DMSO" if compound is None else f"c{compound}@{1 + plate % 2 * 2}",
                    "moa": None if compound is None else f"m{compound % 3}",
                    "control": compound is None,
                    "cell_line": ("u2os", "a549")[plate // 2 % 2],
                    "count": 50 + 7 * k + plate,
                    "note": f"n{k}",
                }
            )
    return pd.DataFrame(rows).astype(object)


def _codes(values: Sequence[Any]) -> np.ndarray:
    return pd.factorize(pd.Series(values, dtype=object))[0]


def _where(holes: np.ndarray, others: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    return [o if hole else v for hole, o, v in zip(holes, others, values, strict=True)]


def _cycled(values: Sequence[Any], n: int) -> list[Any]:
    return [values[i % len(values)] for i in range(n)]


# What is done to the values of a column; `some` is true in three of ten rows.
Change = Callable[[list[Any], np.ndarray], Sequence[Any]]
CHANGES: dict[str, Change] = {
    "gaps": lambda v, some: _where(some, _cycled(GAPS, len(v)), v),
    "empty": lambda v, _: _cycled(GAPS, len(v)),
    "constant": lambda v, _: [v[0]] * len(v),
    "distinct": lambda v, _: [f"d{i:03d}" for i in range(len(v))],
    "texts": lambda v, _: [TEXTS[k % len(TEXTS)] for k in _codes(v)],
    "blank": lambda v, some: _where(some, [""] * len(v), v),
    "whole": lambda v, _: _codes(v).tolist(),
    "real": lambda v, _: (_codes(v) / 2 - 1).tolist(),
    "flags": lambda _, some: some.tolist(),
    "two": lambda _, some: np.where(some, "b2", "b1").tolist(),
    "lists": lambda v, some: _where(some, [f"{x}|z" for x in v], v),
    "mixed": lambda v, some: _where(some, _codes(v).tolist(), v),
    "days": lambda v, _: [
        pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(k)) for k in _codes(v)
    ],
}


def _set(x: np.ndarray, place: Any, value: Any) -> np.ndarray:
    made = x.copy()
    made[place] = value
    return made


# What is done to the features; `row` is any of them.
FEATURES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "flat": lambda x, _: _set(x, np.s_[:, 0], 3),
    "twice": lambda x, _: _set(x, np.s_[:, 1], x[:, 0]),
    "same rows": lambda x, row: np.tile(x[row], (len(x), 1)),
    "nan": lambda x, row: _set(x, (row, 0), np.nan),
    "inf": lambda x, row: _set(x, (row, 0), -np.inf),
    "huge": lambda x, _: x * 1e37,
    "large": lambda x, _: x * 1e30,
    "small": lambda x, _: x * 1e-30,
    "whole": lambda x, _: np.round(x),
    "zero row": lambda x, row: _set(x, row, 0),
    "duplicates": lambda x, row: _set(x, np.s_[: len(x) // 2], x[row]),
    "one": lambda x, _: x[:, :1],
    "none": lambda x, _: x[:, :0],
}
