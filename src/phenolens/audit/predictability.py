"""Predictability: can plate, batch and well position be read off the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.audit.columns import Column, with_position
from phenolens.audit.finding import Finding
from phenolens.audit.probes import Probed, probe
from phenolens.core.profiles import Profiles
from phenolens.core.values import SEPARATOR

TECHNICAL = ("plate", "batch", "row", "column", "well")
PROBES = ("knn", "linear")
_CLEAR = 0.15  # of the way from chance to 1: below it a column is hardly there


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One column to predict from some rows.

    Attributes:
        column: Its name.
        on: `controls` or `all`.
        rows: Which rows.
        codes: (rows,) what to predict.
        group: (rows,) what training and test never share.
        grouped_by: Its name, for the reader.
        unit: (rows,) what the null keeps together.
    """

    column: str
    on: str
    rows: Bool[np.ndarray, " n"]
    codes: Int64[np.ndarray, " r"]
    group: Int64[np.ndarray, " r"]
    grouped_by: str
    unit: Int64[np.ndarray, " r"]


def predict_columns(
    profiles: Profiles,
    *,
    confounded: bool,
    seed: int,
    columns: tuple[str, ...] = TECHNICAL,
    permutations: int = 200,
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return how well plate, batch, row, column and position are predicted, and what it says.

    Controls are one treatment: what tells their plates or positions apart is no biology. On all
    wells the same question holds biology too, as far as compounds are not spread evenly.

    Args:
        profiles: One row a well (or a treatment: then batches alone can be asked).
        confounded: Whether every compound keeps its position: then positions of all wells are
            compounds, and are not asked for.
        seed: Of folds and shuffles.
        columns: What to predict.
        permutations: Shuffles of the null; without any there is no finding either.
    """
    meta = with_position(profiles.meta)
    x = profiles.features.astype(np.float64)
    told: list[dict[str, Any]] = []
    found: list[Finding] = []
    for name in columns:
        for on in ("controls", "all"):
            asked = _question(meta, name, on, confounded=confounded)
            if isinstance(asked, str):
                told.append({"column": name, "on": on, "probe": "", "why_not": asked})
                continue
            rows = _probed(asked, x, permutations, seed)
            told += [_plain(asked, kind, seen) for kind, seen in rows]
            if rows and permutations:
                found += _finding(asked, max((seen for _, seen in rows), key=lambda s: s.value))
    return told, found


def _probed(
    asked: Question, x: Float64[np.ndarray, "n d"], permutations: int, seed: int
) -> list[tuple[str, Probed]]:
    """Return what each probe finds."""
    made = []
    for kind in PROBES:
        if kind == "linear" and asked.column == "well":
            continue
        seen = probe(
            kind, x[asked.rows], asked.codes, asked.group, asked.unit,
            permutations=permutations, seed=seed,
        )  # fmt: skip
        if seen is not None:
            made.append((kind, seen))
    return made


def _question(meta: pd.DataFrame, name: str, on: str, *, confounded: bool) -> Question | str:
    """Return what to ask, or why it cannot be asked."""
    if name not in meta.columns:
        return f"the table has no {name}"
    where = name in {"row", "column", "well"}
    if where and on == "all" and confounded:
        return "every compound keeps its position: this would predict compounds"
    rows = _rows(meta, name, on)
    if isinstance(rows, str):
        return rows
    table = meta[rows].reset_index(drop=True)
    codes = Column.of(name, table[name]).codes
    size = np.bincount(codes)
    kept = size[codes] >= 2
    if len(np.unique(codes[kept])) < 2:
        return f"fewer than two values of {name} have two rows"
    rows = rows.copy()
    rows[np.flatnonzero(rows)[~kept]] = False
    table, codes = table[kept].reset_index(drop=True), codes[kept]
    by = _group(table, name, on, codes)
    group = _codes(table, by) if by else np.arange(len(table))
    unit = _codes(table, "well") if where and "well" in table.columns else group
    return Question(name, on, rows, codes, group, by or "nothing", unit)


def _rows(meta: pd.DataFrame, name: str, on: str) -> Bool[np.ndarray, " n"] | str:
    """Return the rows with one value of the column, of controls or of all."""
    values = meta[name].astype("string")
    several = values.str.contains(SEPARATOR, regex=False).fillna(value=True).to_numpy(dtype=bool)
    rows = ~several
    if on == "controls":
        if "control" not in meta.columns or not meta["control"].any():
            return "no row is a negative control"
        rows &= meta["control"].to_numpy(dtype=bool)
    if rows.sum() < 12:
        return f"fewer than 12 such rows with one {name}"
    return rows


def _group(table: pd.DataFrame, name: str, on: str, codes: Int64[np.ndarray, " n"]) -> str:
    """Return the column whose values training and test must not share, empty for none.

    Of all rows the compound: else a compound that stands in one batch would be recognized, and
    taken for it. Of controls, which are one treatment, the plate for positions and for batches
    of two plates and more, and the well for plates.
    """
    if on == "all":
        wanted = ["compound", "plate"]
    elif name == "plate":
        wanted = ["well"]
    elif name == "batch" and "plate" in table and table.groupby(codes)["plate"].nunique().min() < 2:
        wanted = ["well"]
    else:
        wanted = ["plate"]
    known = [c for c in wanted if c in table.columns and c != name]
    return next((c for c in known if table[c].nunique() > 1), "")


def _codes(table: pd.DataFrame, name: str) -> Int64[np.ndarray, " n"]:
    codes = pd.factorize(table[name], sort=True)[0].astype(np.int64)
    return np.where(codes < 0, codes.max() + 1 + np.arange(len(codes)), codes)


def _plain(asked: Question, kind: str, seen: Probed) -> dict[str, Any]:
    return {
        "column": asked.column, "on": asked.on, "probe": kind, "grouped_by": asked.grouped_by,
        "value": seen.value, "chance": seen.chance, "null_high": _number(seen.high),
        "p": _number(seen.p),
        "n": seen.n, "classes": seen.classes, "why_not": "",
    }  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _finding(asked: Question, seen: Probed) -> list[Finding]:
    """Return a warning where the column is clearly there."""
    reach = (seen.value - seen.chance) / max(1 - seen.chance, 1e-9)
    on = "the controls" if asked.on == "controls" else "all rows"
    told = (
        f"On {on} ({seen.n} rows, {seen.classes} values) {asked.column} is predicted with balanced "
        f"accuracy {seen.value:.2f}; shuffled columns give {seen.chance:.2f} (p {seen.p:.2g})."
    )
    if seen.p > 0.01 or reach < _CLEAR:
        return []
    mend = {
        "plate": "Standardize or sphere per plate on its controls, then look again.",
        "batch": "Sphere on controls, or align batches (TVN, CORAL, Harmony), then look again.",
    }.get(asked.column, "Regress the well position out (`regress_position`), then look again.")
    return [
        Finding(
            key=f"predicts_{asked.column}",
            severity="warning",
            title=f"{asked.column} can be read off {on}",
            evidence=told,
            mend=mend,
            columns=(asked.column,),
        )
    ]
