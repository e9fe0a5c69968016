"""Tables of profiles as people have them, made by hypothesis: any type, gaps, ties, few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

TEXTS = ("ä ß/µ", "a|b", "x " * 3, "日本", "NA", "-", "1e3", "007", "c,d;e", "'q\"", "%s{0}")
GAPS = (None, np.nan, pd.NA, pd.NaT)
DTYPES = ("category", "ordered", "string", "nullable", "object", "arrow")
CHANGES = (
    *("drop", "gaps", "empty", "constant", "distinct", "texts", "blank", "whole", "real", "flags"),
    *("two", "lists"),
)
FEATURES = (
    *("flat", "twice", "same rows", "nan", "inf", "huge", "small", "whole", "zero row", "one"),
    *("duplicates", "names", "none"),
)


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
        change = draw(st.sampled_from(CHANGES))
        if change == "drop":
            meta = meta.drop(columns=column)
        else:
            meta[column] = _changed(change, list(meta[column]), rng)
    names = tuple(f"f{j:04d}" for j in range(x.shape[1]))
    for change in draw(st.lists(st.sampled_from(FEATURES), max_size=1)):
        x, names = _odd_features(change, x, names, rng)
    if draw(st.booleans()):
        meta = meta.rename(columns={"note": 7})  # a name that is a number
    rows = rng.permutation(len(meta))
    rows = rows[: draw(st.sampled_from([len(meta)] * 6 + [0, 1, 2, 3, 5, 9]))]
    meta = meta.iloc[rows].set_axis(rows + 5)
    return OddTable(meta, x[rows].astype(np.float32), names)


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
        return pd.Series(
            pd.Categorical(values, categories=distinct[::-1] + more, ordered=kind == "ordered"),
            index=values.index,
        )
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


def _changed(change: str, values: list[Any], rng: np.random.Generator) -> list[Any]:
    n = len(values)
    some = rng.random(n) < 0.3
    match change:
        case "gaps":
            values = [GAPS[i % 4] if hole else v for i, (v, hole) in enumerate(zip(values, some))]
        case "empty":
            values = [GAPS[int(rng.integers(4))]] * n
        case "constant":
            values = [values[0]] * n
        case "distinct":
            values = [f"d{i:03d}" for i in range(n)]
        case "texts":
            values = [TEXTS[k % len(TEXTS)] for k in pd.factorize(pd.Series(values))[0]]
        case "blank":
            values = ["" if hole else v for v, hole in zip(values, some)]
        case "whole":
            values = pd.factorize(pd.Series(values))[0].tolist()
        case "real":
            values = (pd.factorize(pd.Series(values))[0] / 2 - 1).tolist()
        case "flags":
            values = some.tolist()
        case "two":
            values = [("b1", "b2")[int(v)] for v in some]
        case "lists":
            values = [f"{v}|z" if hole else v for v, hole in zip(values, some)]
    return values


def _odd_features(
    change: str, x: np.ndarray, names: tuple[str, ...], rng: np.random.Generator
) -> tuple[np.ndarray, tuple[str, ...]]:
    row = int(rng.integers(len(x)))
    match change:
        case "flat":
            x[:, 0] = 3
        case "twice":
            x[:, 1] = x[:, 0]
        case "same rows":
            x[:] = x[0]
        case "nan":
            x[row, 0] = np.nan
        case "inf":
            x[row, 0] = -np.inf
        case "huge":
            x *= 1e30
        case "small":
            x *= 1e-30
        case "whole":
            x = np.round(x)
        case "zero row":
            x[row] = 0
        case "one":
            x, names = x[:, :1], names[:1]
        case "duplicates":
            x[: len(x) // 2] = x[row]
        case "names":
            names = ("f,1", " µ", "Cells_AreaShape_Area", "1", "x\ny")[: len(names)]
        case "none":
            x, names = x[:, :0], ()
    return x, names
