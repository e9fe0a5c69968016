"""Predictability: can plate, batch and well position be read off the features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.audit.columns import Column, with_position
from phenolens.audit.finding import Finding
from phenolens.audit.probes import Design, Probed, probe
from phenolens.core.profiles import Profiles
from phenolens.core.values import SEPARATOR

TECHNICAL = ("plate", "batch", "row", "column", "well")
_MENDS = {
    "plate": "Standardize or sphere per plate on its controls, then look again.",
    "batch": "Sphere on controls, or align batches (TVN, CORAL, Harmony), then look again.",
    "well position": "Regress the well position out (`regress_position`), then look again.",
}
PROBES = ("knn", "linear")
POSITIONS = ("row", "column", "well")
_FEW_UNITS = 10  # fewer can be shuffled in too few ways
_CERTAIN = 5.0  # standard deviations of the null: some twenty questions are asked
_CLEAR = 0.15  # of the way from chance to 1: below it a column is hardly there


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One column to predict from some rows.

    Attributes:
        column: Its name.
        on: `controls` or `all`.
        rows: Which rows.
        design: Of these rows.
        grouped_by: What training and test never share, for the reader.
    """

    column: str
    on: str
    rows: Bool[np.ndarray, " n"]
    design: Design
    grouped_by: str


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
    for name in columns:
        for on in ("controls", "all"):
            asked = _question(meta, name, on, confounded=confounded)
            if isinstance(asked, str):
                told.append({"column": name, "on": on, "probe": "", "why_not": asked})
                continue
            rows = _probed(asked, x, permutations, seed)
            told += [_plain(asked, kind, seen) for kind, seen in rows]
    return told, judge_probes(told)


def _probed(
    asked: Question, x: Float64[np.ndarray, "n d"], permutations: int, seed: int
) -> list[tuple[str, Probed]]:
    """Return what each probe finds."""
    made = []
    for kind in PROBES:
        if kind == "linear" and asked.column == "well":
            continue
        seen = probe(kind, x[asked.rows], asked.design, permutations=permutations, seed=seed)
        if seen is not None:
            made.append((kind, seen))
    return made


def _question(meta: pd.DataFrame, name: str, on: str, *, confounded: bool) -> Question | str:
    """Return what to ask, or why it cannot be asked."""
    if name not in meta.columns:
        return f"the table has no {name}"
    if name in POSITIONS and on == "all" and confounded:
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
    return Question(name, on, rows, _design(table, name, on, codes, by), by or "nothing")


def _design(
    table: pd.DataFrame, name: str, on: str, codes: Int64[np.ndarray, " r"], by: str
) -> Design:
    """Return what hangs together: in the folds, and in the null.

    The null of positions shuffles within plates, whose wells of one treatment are exchangeable;
    that of batches shuffles plates, or compounds, if there are ten of them and each has one batch;
    else rows.
    """
    alone = np.arange(len(table))
    group = _codes(table, by) if by else alone
    unit, within = alone, np.zeros(len(table), dtype=np.int64)
    if name in POSITIONS and "plate" in table.columns:
        within = _codes(table, "plate")
    elif name == "batch" and (on == "all" or by == "plate"):
        first, place = np.unique(group, return_index=True, return_inverse=True)[1:]
        if len(first) >= _FEW_UNITS and (codes[first][place] == codes).all():
            unit = group
    return Design(codes, group, unit, within)


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
    elif name == "plate" or (name == "batch" and not _on_two_plates(table, codes)):
        wanted = ["well"]
    else:
        wanted = ["plate"]
    known = [c for c in wanted if c in table.columns and c != name]
    return next((c for c in known if table[c].nunique() > 1), "")


def _on_two_plates(table: pd.DataFrame, codes: Int64[np.ndarray, " n"]) -> bool:
    """Return whether each value is seen on two plates and more."""
    if "plate" not in table.columns:
        return False
    return bool(table.groupby(codes)["plate"].nunique().min() > 1)


def _codes(table: pd.DataFrame, name: str) -> Int64[np.ndarray, " n"]:
    codes = pd.factorize(table[name], sort=True)[0].astype(np.int64)
    return np.where(codes < 0, codes.max() + 1 + np.arange(len(codes)), codes)


def _plain(asked: Question, kind: str, seen: Probed) -> dict[str, Any]:
    return {
        "column": asked.column, "on": asked.on, "probe": kind, "grouped_by": asked.grouped_by,
        "value": seen.value, "chance": seen.chance, "null_high": _number(seen.high),
        "p": _number(seen.p), "z": _number(seen.z),
        "n": seen.n, "classes": seen.classes, "why_not": "",
    }  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def judge_probes(told: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return a warning for plate, batch and well position, where they are clearly there.

    Args:
        told: As `predict_columns` gives them.
    """
    found = []
    for name, columns in (("plate", ["plate"]), ("batch", ["batch"]), ("well position", POSITIONS)):
        seen = [row for row in told if row["column"] in columns and _clear(row)]
        if not seen:
            continue
        evidence = " ".join(_sentence(row) for row in _best_by_rows(seen))
        found.append(
            Finding(
                key=f"predicts_{name.replace(' ', '_')}",
                severity="warning",
                title=f"{name} can be read off the features",
                evidence=evidence,
                fix=_MENDS[name],
                columns=tuple(dict.fromkeys(row["column"] for row in seen)),
            )
        )
    return found


def _clear(row: Mapping[str, Any]) -> bool:
    """Return whether a column is there beyond doubt, and by more than a trifle."""
    if row["why_not"] or row["p"] is None:
        return False
    reach = (row["value"] - row["chance"]) / max(1 - row["chance"], 1e-9)
    return bool(row["p"] <= 0.01 and row["z"] >= _CERTAIN and reach >= _CLEAR)


def _best_by_rows(seen: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the clearest row on controls, and that on all wells."""
    by_rows = [[row for row in seen if row["on"] == on] for on in ("controls", "all")]
    return [max(rows, key=lambda r: r["value"] - r["chance"]) for rows in by_rows if rows]


def _sentence(row: Mapping[str, Any]) -> str:
    on = "the controls" if row["on"] == "controls" else "all rows"
    return (
        f"On {on} ({row['n']}) {row['column']} ({row['classes']} values) is predicted with "
        f"balanced accuracy {row['value']:.2f}; shuffled {row['chance']:.2f}, {row['z']:.0f} sd "
        "below."
    )
