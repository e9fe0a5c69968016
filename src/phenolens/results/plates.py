"""Plates: every well of a run with what was measured in it, and what its position does to that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.core.model_names import LONE
from phenolens.core.reading.wells import plate_format, row_number, well_name
from phenolens.drawing.categories import natural
from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.results.treatments import rows_of, text
from phenolens.results.well_tables import WellTable, well_tables
from phenolens.statistics.holm import holm
from phenolens.statistics.positions import PositionEffect, position_effects

REAL = 0.05  # a corrected p below it is an effect that is named
_OF_BASELINES, _OF_EMBEDDINGS = 8, 4  # features that are shown: those that depend most on position

_Code = Int64[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One value per well.

    Attributes:
        title: As shown.
        values: (wells,); NaN where there is none.
        effect: Of the position; None where that is not asked, as of scores and flags.
        p: The smallest of its p values, corrected for all measures and tests (Holm).
    """

    title: str
    values: Float64[np.ndarray, " n"]
    effect: PositionEffect | None = None
    p: float = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Plates:
    """All wells of a run.

    Attributes:
        meta: One row per well: plate, well, treatment ('' where unknown or where a well has
            several), control; `row` and `column` from 0.
        names: Of the plates, in the order of numbers.
        rows: Of a plate.
        columns: Of a plate.
        measures: Those that depend on the position come first, the strongest on top.
        left_out: Files that are too large to be read for a page.
    """

    meta: pd.DataFrame
    names: tuple[str, ...]
    rows: int
    columns: int
    measures: tuple[Measure, ...]
    left_out: tuple[str, ...]


def plates_of(run: RunContents) -> Plates | None:
    """Return the plates of a run; None where it kept no table with plates and wells."""
    tables, left_out = well_tables(run.folder)
    if not tables:
        return None
    meta, tables = _common(tables)
    if not len(meta):
        return None
    shape = plate_format(int(meta["row"].max()) + 1, int(meta["column"].max()) + 1)
    names = sorted(meta["plate"].unique(), key=natural)
    measured = _measured(tables, meta, shape)
    plain = [*_counts(tables), *_scores(run, meta), *_flags(tables, meta)]
    return Plates(meta, tuple(names), *shape, (*measured, *plain), tuple(left_out))


def _common(tables: Mapping[str, WellTable]) -> tuple[pd.DataFrame, dict[str, WellTable]]:
    """Return all wells that any table has and that can be read, and the tables on these rows."""
    every = pd.concat([table.meta for table in tables.values()], ignore_index=True)
    every = every.drop_duplicates(["plate", "well"])
    names = every["well"].map(well_name)
    read = names.map(lambda name: name is not None and not str(name).isdigit())
    every, names = every[read].reset_index(drop=True), names[read].reset_index(drop=True)
    letters = names.str.extract(r"^([A-Z]+)(\d+)$")
    treatment = every["treatment"] if "treatment" in every.columns else pd.Series("", every.index)
    meta = every[["plate", "well", "control"]].assign(
        treatment=[text(value) or "" for value in treatment],
        row=letters[0].map(row_number).astype(np.int64) - 1,
        column=letters[1].astype(np.int64) - 1,
    )
    place = pd.MultiIndex.from_frame(meta[["plate", "well"]])
    placed = {}
    for name, table in tables.items():
        own = pd.MultiIndex.from_frame(table.meta[["plate", "well"]])
        at = own.get_indexer(place)
        values, flags = (
            np.where((at >= 0)[:, None], part[at], np.nan)
            for part in (table.values, table.flags.to_numpy(np.float64))
        )
        counts = np.where(at >= 0, table.counts[at], 0)
        flagged = pd.DataFrame(flags, columns=table.flags.columns)
        placed[name] = WellTable(meta, flagged, values, table.names, counts)
    return meta, placed


def _measured(
    tables: Mapping[str, WellTable], meta: pd.DataFrame, shape: tuple[int, int]
) -> list[Measure]:
    titles: list[str] = []
    columns: list[Float64[np.ndarray, " n"]] = []
    sources: list[str] = []
    for name, table in tables.items():
        if name.startswith("embeddings"):
            model = name.partition(" ")[2]
            own = "" if model in LONE else f", {model}"
            titles.append(f"distance to the plate's controls{own}")
            columns.append(_from_controls(table, meta))
            sources.append("distance")
            titles += [f"{feature}{own}" for feature in table.names]
        else:
            titles += table.names
        columns += list(table.values.T)
        kind = "embeddings" if name.startswith("embeddings") else "baselines"
        sources += [kind] * len(table.names)
    effects = position_effects(np.stack(columns, axis=1), *_codes(meta), edge=_edge(meta, shape))
    three = np.array([(e.edge_p, e.row_p, e.column_p) for e in effects]).reshape(-1, 3)
    corrected = holm(three.ravel()).reshape(three.shape)
    p = np.where(np.isfinite(corrected), corrected, 2.0).min(axis=1)
    # Effects that are real lead; then what a person can name comes before features by number.
    kinds = ("distance", "baselines", "embeddings")
    real = p < REAL
    order = sorted(
        range(len(effects)),
        key=lambda i: (not real[i], 0 if real[i] else kinds.index(sources[i]), effects[i].least_p),
    )
    room = {"baselines": _OF_BASELINES, "embeddings": _OF_EMBEDDINGS, "distance": len(order)}
    made = []
    for i in order:
        if room[sources[i]] and np.isfinite(columns[i]).any():
            room[sources[i]] -= 1
            found = float(p[i]) if p[i] <= 1 else math.nan
            made.append(Measure(titles[i], columns[i], effects[i], found))
    return made


def _codes(meta: pd.DataFrame) -> tuple[_Code, _Code, _Code, _Code]:
    """Return codes of plate and treatment (controls are one), and the numbers of row and column."""
    treated = meta["treatment"].where(~meta["control"], "\0control")
    plate, treatment = (
        np.unique(each.astype(str), return_inverse=True)[1].astype(np.int64)
        for each in (meta["plate"], treated)
    )
    row, column = (meta[name].to_numpy(dtype=np.int64) for name in ("row", "column"))
    return plate, treatment, row, column


def _edge(meta: pd.DataFrame, shape: tuple[int, int]) -> Bool[np.ndarray, " n"]:
    last_row, last_column = shape[0] - 1, shape[1] - 1
    at = meta["row"].isin([0, last_row]) | meta["column"].isin([0, last_column])
    return at.to_numpy(dtype=bool)


def _from_controls(table: WellTable, meta: pd.DataFrame) -> Float64[np.ndarray, " n"]:
    """Return the root mean square of each well's features in SDs of its plate's control wells."""
    far = np.full(len(meta), np.nan)
    control = meta["control"].to_numpy()
    for rows in meta.groupby("plate", observed=True).indices.values():
        own = table.values[rows[control[rows]]]
        own = own[np.isfinite(own).all(axis=1)]
        if len(own) < 3:
            continue
        spread = own.std(axis=0, ddof=1)
        use = spread > 0
        if use.any():
            z = (table.values[np.ix_(rows, use)] - own[:, use].mean(axis=0)) / spread[use]
            far[rows] = np.sqrt((z**2).mean(axis=1))
    return far


def _counts(tables: Mapping[str, WellTable]) -> list[Measure]:
    """Return the number of embeddings in each well."""
    for name, table in tables.items():
        if name.startswith("embeddings"):
            return [Measure("number of embeddings", table.counts.astype(np.float64))]
    return []


def _scores(run: RunContents, meta: pd.DataFrame) -> list[Measure]:
    """Return what every score found for the treatment of each well."""
    keys, rows = rows_of(run)
    made = []
    for key in keys:
        answers = {row.treatment: row.answers[key] for row in rows if key in row.answers}
        title = facts_of(key).title
        hit = {name: math.nan if a.hit is None else float(a.hit) for name, a in answers.items()}
        far = {name: a.distance for name, a in answers.items() if math.isfinite(a.distance)}
        for words, found in ((f"{title}, hit", hit), (f"{title}, distance to the nearest", far)):
            values = np.array([found.get(name, math.nan) for name in meta["treatment"]])
            if np.isfinite(values).any():
                made.append(Measure(words, values.astype(np.float64)))
    return made


def _flags(tables: Mapping[str, WellTable], meta: pd.DataFrame) -> list[Measure]:
    """Return which wells are controls, and the share of each well's rows that has each flag."""
    found: dict[str, Float64[np.ndarray, " n"]] = {}
    for table in tables.values():
        for name in sorted(set(table.flags) - set(found)):
            found[name] = table.flags[name].to_numpy(np.float64)
    control = Measure("negative control", meta["control"].to_numpy(np.float64))
    return [control, *(Measure(f"{name}, share", found[name]) for name in sorted(found))]
