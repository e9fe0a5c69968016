"""Predictability: whether plate, batch and well position can be predicted from the features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.audit.columns import Column, with_position
from phenolens.audit.finding import Finding
from phenolens.audit.probes import Design, Probed, probe
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.values import SEPARATOR

TECHNICAL = ("plate", "batch", "row", "column", "well")
_FIXES = {
    "plate": "Standardize each plate on its own controls, then sphere, and look again.",
    "batch": "Sphere on controls, or align batches (TVN, CORAL, Harmony), then look again.",
    "well position": "Regress the well position out (`regress_position`), then look again.",
}
PROBES = ("knn", "linear")
POSITIONS = ("row", "column", "well")
_FEW_UNITS = 10  # fewer can be shuffled in too few ways
_CERTAIN = 5.0  # standard deviations of the null, since about twenty predictions are made
_CLEAR = 0.15  # of the way from chance to 1; below it a column can hardly be predicted


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


@dataclass(frozen=True, slots=True)
class Prediction:
    """How well one column is predicted; NaN where it was not computed.

    Attributes:
        column: Its name.
        on: Which rows: `controls` or `all`.
        probe: `knn` or `linear`.
        why_not: Why there is no prediction.
        grouped_by: What training and test never share.
        value: Balanced accuracy.
        chance: Its mean under shuffled columns.
        null_high: Its 95th percentile under shuffled columns.
        p: Share of shuffles that reach the value.
        z: Standard deviations of the shuffles above their mean.
        n: Rows.
        classes: Values of the column.
    """

    column: str
    on: str
    probe: str = ""
    why_not: str = ""
    grouped_by: str = ""
    value: float = math.nan
    chance: float = math.nan
    null_high: float = math.nan
    p: float = math.nan
    z: float = math.nan
    n: int = 0
    classes: int = 0


def predict_columns(
    profiles: Profiles,
    *,
    confounded: bool,
    seed: int,
    columns: tuple[str, ...] = TECHNICAL,
    permutations: int = 200,
) -> tuple[list[Prediction], list[Finding]]:
    """Return how well plate, batch, row, column and well are predicted, and the findings.

    Controls are one treatment: what separates their plates or positions is not biology. On all
    rows it is biology too, as far as compounds are not spread evenly.

    Args:
        profiles: One row per well (or per treatment: then only batches can be predicted).
        confounded: Whether every compound keeps its position: then positions of all rows are
            compounds, and are not predicted.
        seed: Of folds and shuffles.
        columns: What to predict.
        permutations: Shuffles of the null; without any there is no finding either.
    """
    meta = with_position(profiles.meta)
    x = profiles.features.astype(np.float64)
    predictions: list[Prediction] = []
    for name in columns:
        for on in ("controls", "all"):
            asked = _question(meta, name, on, confounded=confounded)
            if isinstance(asked, str):
                predictions.append(Prediction(name, on, why_not=asked))
                continue
            rows = _probed(asked, x, permutations, seed)
            predictions += [_prediction(asked, kind, seen) for kind, seen in rows]
    return predictions, judge_probes(predictions)


def _probed(
    asked: Question, x: Float64[np.ndarray, "n d"], permutations: int, seed: int
) -> list[tuple[str, Probed]]:
    """Return what each probe finds."""
    results = []
    for kind in PROBES:
        if kind == "linear" and asked.column == "well":
            continue
        seen = probe(kind, x[asked.rows], asked.design, permutations=permutations, seed=seed)
        if seen is not None:
            results.append((kind, seen))
    return results


def _question(meta: pd.DataFrame, name: str, on: str, *, confounded: bool) -> Question | str:
    """Return what to predict, or why it cannot be predicted."""
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
    """Return which rows belong together: in the folds, and in the null.

    The null of positions shuffles within plates, whose wells of one treatment are exchangeable;
    that of batches shuffles plates, or compounds, if there are at least ten of them and each has
    one batch; else rows.
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
    rows = ~several & (Column.of(name, meta[name]).codes >= 0)  # a blank is missing
    if on == "controls":
        if not control_rows(meta).any():
            return "no row is a negative control"
        rows &= control_rows(meta)
    if rows.sum() < 12:
        return f"fewer than 12 such rows with one {name}"
    return rows


def _group(table: pd.DataFrame, name: str, on: str, codes: Int64[np.ndarray, " n"]) -> str:
    """Return the column whose values training and test must not share, empty for none.

    For all rows it is the compound: else a compound that is in one batch only would be
    recognized instead of the batch. For controls, which are one treatment, it is the plate for
    positions and for batches of two plates and more, and the well for plates.
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
    """Return whether each value is on two plates or more."""
    if "plate" not in table.columns:
        return False
    return bool(table.groupby(codes, observed=True)["plate"].nunique().min() > 1)


def _codes(table: pd.DataFrame, name: str) -> Int64[np.ndarray, " n"]:
    codes = pd.factorize(table[name], sort=True)[0].astype(np.int64)
    return np.where(codes < 0, codes.max() + 1 + np.arange(len(codes)), codes)


def _prediction(asked: Question, kind: str, seen: Probed) -> Prediction:
    return Prediction(
        asked.column, asked.on, kind, grouped_by=asked.grouped_by, value=seen.value,
        chance=seen.chance, null_high=seen.high, p=seen.p, z=seen.z, n=seen.n,
        classes=seen.classes,
    )  # fmt: skip


def judge_probes(predictions: Sequence[Prediction]) -> list[Finding]:
    """Return a warning for plate, batch and well position, where they are clearly predicted."""
    findings = []
    for name, columns in (("plate", ["plate"]), ("batch", ["batch"]), ("well position", POSITIONS)):
        seen = [row for row in predictions if row.column in columns and _clear(row)]
        if not seen:
            continue
        evidence = " ".join(_sentence(row) for row in _best_by_rows(seen))
        findings.append(
            Finding(
                key=f"predicts_{name.replace(' ', '_')}",
                severity="warning",
                title=f"{name} can be predicted from the features",
                evidence=evidence,
                fix=_FIXES[name],
                columns=tuple(dict.fromkeys(row.column for row in seen)),
            )
        )
    return findings


def _clear(row: Prediction) -> bool:
    """Return whether a column is predicted beyond doubt, and clearly better than chance."""
    if row.why_not or math.isnan(row.p):
        return False
    reach = (row.value - row.chance) / max(1 - row.chance, 1e-9)
    return row.p <= 0.01 and row.z >= _CERTAIN and reach >= _CLEAR


def _best_by_rows(seen: Sequence[Prediction]) -> list[Prediction]:
    """Return the clearest prediction on controls, and that on all rows."""
    by_rows = [[row for row in seen if row.on == on] for on in ("controls", "all")]
    return [max(rows, key=lambda r: r.value - r.chance) for rows in by_rows if rows]


def _sentence(row: Prediction) -> str:
    on = "the controls" if row.on == "controls" else "all rows"
    return (
        f"On {on} ({row.n}) {row.column} ({row.classes} values) is predicted with "
        f"balanced accuracy {row.value:.2f}; shuffled {row.chance:.2f}, {row.z:.0f} sd below."
    )
