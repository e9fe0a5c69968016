"""The tables: every treatment with its neighbours, what the run cost, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phenolens.core.values import SEPARATOR
from phenolens.drawing.categories import natural
from phenolens.report.scores import number


@dataclass(frozen=True, slots=True)
class Answer:
    """What one score says of one treatment.

    Attributes:
        hit: Whether the neighbour has the same mechanism; None where it could not be asked.
        neighbour: The nearest treatment that was allowed.
        moa: Its mechanism.
        distance: To it; NaN where there is none.
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
        answers: Score -> what it says of the treatment.
    """

    treatment: str
    moa: str | None
    batch: str
    count: str
    answers: Mapping[str, Answer]


def treatment_rows(
    meta: pd.DataFrame | None, scores: Mapping[str, pd.DataFrame]
) -> tuple[list[str], list[Row]]:
    """Return the scores that name neighbours, and one row per treatment they or `meta` hold."""
    asked = {
        key: _answers(rows)
        for key, rows in scores.items()
        if {"treatment", "neighbour"} <= set(rows.columns) and rows["treatment"].is_unique
    }
    described = _described(meta, [rows for key, rows in scores.items() if key in asked])
    names = sorted({*described, *(name for answers in asked.values() for name in answers)})
    return list(asked), [
        Row(
            treatment=name,
            moa=text(described.get(name, {}).get("moa")),
            batch=_batches(text(described.get(name, {}).get("batch")) or ""),
            count=text(described.get(name, {}).get("count")) or "",
            answers={key: answers[name] for key, answers in asked.items() if name in answers},
        )
        for name in names
    ]


def text(value: object) -> str | None:
    """Return a cell as text, None where it is missing."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)


def cost_facts(cost: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the run cost as (what, how much), absent figures left out."""
    rate, memory, size = (
        number(cost.get(key)) for key in ("images_per_second", "peak_memory_mb", "parameters")
    )
    facts = [
        ("Training", duration(number(cost.get("train_seconds")))),
        ("Embedding", duration(number(cost.get("embed_seconds")))),
        ("In all", duration(number(cost.get("total_seconds")))),
        ("Speed", f"{rate:,.0f} images/s" if rate == rate else ""),
        ("Peak memory", _memory(memory)),
        ("Parameters", _million(size)),
        ("Device", str(cost.get("device") or "")),
    ]
    return [(what, much) for what, much in facts if much]


def provenance_facts(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the provenance as (key, text), nested tables flattened to `key.inner`."""
    facts: list[tuple[str, str]] = []
    for key, value in provenance.items():
        if isinstance(value, Mapping):
            facts += [(f"{key}.{inner}", said) for inner, said in provenance_facts(value)]
        elif value is not None:
            facts.append((key, _listed(value)))
    return facts


def duration(seconds: float) -> str:
    """Return a length of time as people say it; empty where it is not known.

    Example:
        >>> duration(0.42), duration(75), duration(7384)
        ('0.4 s', '1 min 15 s', '2 h 3 min')
    """
    if seconds != seconds:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


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


def _memory(megabytes: float) -> str:
    if megabytes != megabytes:
        return ""
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def _million(count: float) -> str:
    if count != count:
        return ""
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count:,.0f}"


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
