"""Treatments: each with its metadata, its mark, and the neighbour that every score found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phenolens.core.reading.flags import control_rows
from phenolens.core.values import SEPARATOR
from phenolens.drawing.categories import CONTROL, Category, categorise, natural
from phenolens.results.contents import RunContents, number


@dataclass(frozen=True, slots=True)
class Answer:
    """What one score found for one treatment.

    Attributes:
        hit: Whether the neighbour has the same mechanism; None where that is unknown.
        neighbour: The nearest treatment that was allowed.
        moa: Its mechanism.
        distance: To the neighbour; NaN where there is none.
    """

    hit: bool | None
    neighbour: str
    moa: str
    distance: float


@dataclass(frozen=True, slots=True)
class Row:
    """One treatment.

    Attributes:
        treatment: Its name.
        moa: Its mechanism, if annotated.
        batch: The batches it was run in.
        count: How many embeddings its profile is made of.
        answers: Score -> what it found for the treatment.
    """

    treatment: str
    moa: str | None
    batch: str
    count: str
    answers: Mapping[str, Answer]


def treatment_rows(
    meta: pd.DataFrame | None, scores: Mapping[str, pd.DataFrame]
) -> tuple[list[str], list[Row]]:
    """Return the scores that name neighbours, and one row per treatment.

    Args:
        meta: Of the profiles, one row per treatment.
        scores: Score -> its rows; treatments that only they name get a row too.
    """
    answers_of = {
        key: _answers(rows)
        for key, rows in scores.items()
        if {"treatment", "neighbour"} <= set(rows.columns) and rows["treatment"].is_unique
    }
    described = _described(meta, [rows for key, rows in scores.items() if key in answers_of])
    named = {*described, *(name for answers in answers_of.values() for name in answers)}
    names = sorted(named, key=natural)
    return list(answers_of), [
        Row(
            treatment=name,
            moa=text(described.get(name, {}).get("moa")),
            batch=_batches(text(described.get(name, {}).get("batch")) or ""),
            count=text(described.get(name, {}).get("count")) or "",
            answers={key: answers[name] for key, answers in answers_of.items() if name in answers},
        )
        for name in names
    ]


def rows_of(run: RunContents) -> tuple[list[str], list[Row]]:
    """Return the scores that name neighbours, and one row per treatment of a run."""
    return treatment_rows(None if run.profiles is None else run.profiles.meta, run.rows)


def marks_of(run: RunContents) -> dict[str, Category]:
    """Return mechanism -> its mark, the same in every figure and table of the page."""
    if run.profiles is not None:
        values = mechanisms(run.profiles.meta)
    else:
        values = [row.moa for row in rows_of(run)[1]]
    return {kind.name: kind for kind in categorise(values)[0]}


def mechanisms(meta: pd.DataFrame) -> list[str | None]:
    """Return each row's mechanism as shown; a control without one is called a control."""
    given = meta["moa"] if "moa" in meta.columns else [None] * len(meta)
    names = [text(value) for value in given]
    control = control_rows(meta)
    for i, is_control in enumerate(control):
        names[i] = names[i] or (CONTROL if is_control else None)
    return names


def text(value: object) -> str | None:
    """Return a cell as text, None where it is missing."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)


def _batches(joined: str) -> str:
    batches = sorted(joined.split(SEPARATOR), key=natural)
    return ", ".join(batches) if len(batches) <= 3 else f"{len(batches)} batches"


def _described(
    meta: pd.DataFrame | None, scores: Sequence[pd.DataFrame]
) -> dict[str, dict[str, Any]]:
    """Return treatment -> its metadata, from the profiles or else from the scores' rows."""
    tables = [table for table in (meta, *scores) if table is not None]
    described: dict[str, dict[str, Any]] = {}
    for table in tables:
        if "treatment" in table.columns:
            for row in table.dropna(subset=["treatment"]).to_dict("records"):
                described.setdefault(str(row["treatment"]), row)
    return described


def _answers(rows: pd.DataFrame) -> dict[str, Answer]:
    answers = {}
    for row in rows.dropna(subset=["treatment"]).to_dict("records"):
        value = number(row.get("value"))
        answers[str(row["treatment"])] = Answer(
            hit=None if value != value else value >= 0.5,
            neighbour=text(row.get("neighbour")) or "",
            moa=text(row.get("neighbour_moa")) or "",
            distance=number(row.get("distance")),
        )
    return answers
