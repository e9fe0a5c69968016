"""The audit's figures: rows of one dot, its interval and its chance level, on a shared axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phenolens.drawing.scale import Scale
from phenolens.report.scores import Bar, Panel, number
from phenolens.report.verdict import p_text

_SHARE = Scale(0.0, 1.0)
_WITH_BASELINES = ("nsc", "nscb_strict", "drop")


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows that share an axis.

    Attributes:
        title: Over the rows; empty where they need none.
        about: Sentences under the title: what is good, what chance is, what it cannot see.
        rows: A panel each, with its own chance level and one bar or several.
        notes: Sentences under the rows.
    """

    title: str
    about: str
    rows: tuple[Panel, ...]
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> Scale:
        """The axis they share."""
        return self.rows[0].scale


def protocol_figures(protocols: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return all scores side by side: shares on one axis, and the rest on an axis each."""
    asked = [row for row in protocols if not row["why_not"]]
    panels = [
        _panel(row["key"], row["title"], [_bar(row["title"], row, trained=True)], row)
        for row in asked
    ]
    shares = tuple(panel for panel in panels if panel.scale == _SHARE)
    figures = [Figure("", "", shares)] if shares else []
    return figures + [Figure("", "", (panel,)) for panel in panels if panel.scale != _SHARE]


def baseline_figures(summary: Mapping[str, Any]) -> list[Figure]:
    """Return one figure for every score that baselines were asked for, these features first."""
    figures = []
    for row in summary["protocols"]:
        told = [
            _bar(base["name"], base["scores"][row["key"]], trained=False)
            for base in summary["baselines"]
            if not base["scores"].get(row["key"], {"why_not": "absent"}).get("why_not")
        ]
        if told and not row["why_not"] and row["key"] in _WITH_BASELINES:
            bars = [_bar("these features", row, trained=True), *told]
            figures.append(
                Figure(row["title"], "", (_panel(row["key"], "", bars, row),), _leads(summary, row))
            )
    return figures


def reading(protocols: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how to read each score that was asked: good, chance, blind, and its notes."""
    return [
        {
            "title": row["title"],
            "good": row["good"],
            "chance": _ended(row["chance"]),
            "blind": _ended(row["blind"]),
            "notes": [*_intervals(row), *map(_sentence, row["notes"])],
        }
        for row in protocols
        if not row["why_not"]
    ]


def _leads(summary: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return by how much the features lead each baseline, where rows could be paired."""
    told = []
    for base in summary["baselines"]:
        ahead = base["scores"].get(row["key"], {}).get("ahead")
        if ahead:
            told.append(
                f"Row by row the features lead the {base['name']} by {ahead['value']:+.2f} "
                f"[{ahead['low']:+.2f}, {ahead['high']:+.2f}].".replace("-", "\u2212")
            )
    return tuple(told)


def probe_figures(probes: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return one figure for the controls and one for all rows: a row a column and probe."""
    figures = []
    for on, words in (("controls", "On negative controls"), ("all", "On all rows")):
        asked = [row for row in probes if row["on"] == on and not row["why_not"]]
        rows = []
        for row in asked:
            kind = "nearest five" if row["probe"] == "knn" else "linear"
            bars = [_bar(f"{row['column']}, {kind}", row, trained=True)]
            rows.append(_panel(f"{row['column']}-{row['probe']}", "", bars, row, share=True))
        if rows:
            figures.append(Figure(words, _kept_apart(asked), tuple(rows)))
    return figures


def _kept_apart(asked: Sequence[Mapping[str, Any]]) -> str:
    """Return what training and test never share, in a sentence."""
    grouped: dict[str, list[str]] = {}
    for row in asked:
        columns = grouped.setdefault(row["grouped_by"], [])
        columns += [] if row["column"] in columns else [row["column"]]
    told = [f"of one {group} ({', '.join(columns)})" for group, columns in grouped.items()]
    return f"Training and test never hold rows {'; '.join(told)}." if told else ""


def share_figures(rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return one figure for each kind of neighbour: a row a place; the line is what is expected."""
    figures = []
    for question in dict.fromkeys(row["question"] for row in rows):
        some = [row for row in rows if row["question"] == question]
        panels = tuple(
            _panel(
                row["column"],
                "",
                [_bar(f"same {row['place']}", row, trained=True)],
                {"null": row["expected"]},
                share=True,
            )
            for row in some
        )
        n = max(row["n"] for row in some)
        figures.append(Figure(question[0].upper() + question[1:], f"{n} neighbours.", panels))
    return figures


def stage_figures(stages: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return one figure a score: a row a stage of the chain."""
    keys = dict.fromkeys(key for stage in stages for key in stage["scores"])
    figures = []
    for key in keys:
        asked = [
            (stage["step"], stage["scores"][key]) for stage in stages if key in stage["scores"]
        ]
        bars = [_bar(step, score, trained=True) for step, score in asked]
        held = [value for bar in bars for value in (bar.value, bar.low, bar.high)]
        scale = _scale(held)
        rows = tuple(
            Panel(key, "", "", (bar,), scale, math.nan, math.nan, math.nan, ()) for bar in bars
        )
        figures.append(Figure(asked[0][1]["title"], "", rows, tuple(map(_gain, asked[1:]))))
    return figures


def _gain(stage: tuple[str, Mapping[str, Any]]) -> str:
    """Return what a step gained, in words."""
    step, score = stage
    gain = score["gain"]
    if gain is None:
        return f"{step}: its rows cannot be paired with those before"
    sure = "a gain" if gain["low"] > 0 else "a loss" if gain["high"] < 0 else "no clear change"
    return (
        f"{step}: {gain['value']:+.2f} [{gain['low']:+.2f}, {gain['high']:+.2f}], {sure} "
        f"over {gain['n']} rows"
    ).replace("-", "\u2212")


def _intervals(row: Mapping[str, Any]) -> list[str]:
    """Return the second interval and the p-value, in words."""
    told = []
    if row.get("boot_low") is not None:
        told.append(
            f"Over resampled compounds the interval is {row['boot_low']:.2f} to "
            f"{row['boot_high']:.2f}."
        )
    if row.get("p") is not None:
        told.append(f"Under shuffled mechanisms or replicates: p {p_text(number(row['p']))}.")
    return told


def _bar(name: str, row: Mapping[str, Any], *, trained: bool) -> Bar:
    value, low, high = (number(row.get(key)) for key in ("value", "low", "high"))
    return Bar(name, trained, value, low, high, row.get("hits"), row.get("n"))


def _panel(
    key: str, title: str, bars: Sequence[Bar], row: Mapping[str, Any], *, share: bool = False
) -> Panel:
    null, null_high, p = (number(row.get(k)) for k in ("null", "null_high", "p"))
    null = number(row.get("chance")) if isinstance(row.get("chance"), float) else null
    held = [v for bar in bars for v in (bar.value, bar.low, bar.high)] + [null, null_high]
    scale = _SHARE if share else _scale(held)
    return Panel(key, title, "", tuple(bars), scale, null, null_high, p, ())


def _scale(held: Sequence[float]) -> Scale:
    """Return 0 to 1 where all values are shares, else an axis around them and 0."""
    finite = [value for value in held if math.isfinite(value)]
    if finite and min(finite) >= 0 and max(finite) <= 1:
        return _SHARE
    return Scale.around(finite, keep=[0.0])


def _sentence(text: str) -> str:
    return _ended(text[0].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
