"""The audit as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from phenolens.report.scores import number, shown
from phenolens.report.verdict import p_text

_WIDTH = 96
_SIGNS = {"leak": "LEAK   ", "warning": "WARNING", "fine": "fine   "}


def write_audit(summary: Mapping[str, Any]) -> str:
    """Return an audit's summary as lines of text, the verdict first.

    Args:
        summary: As `Audit.summary()` gives it.
    """
    about = summary["about"]
    lines = [
        *_wrapped(summary["verdict"]["sentence"]),
        *_wrapped(summary["verdict"]["figures"]),
        "",
        f"{about['rows']} {about['level']} x {about['features']} features; {about['treatments']} "
        f"treatments, {about['compounds']} compounds, {about['plates']} plates, "
        f"{about['batches']} batches; seed {about['seed']}",
        *(line for note in about["notes"] for line in _wrapped(note, "  ")),
        "",
    ]
    for finding in summary["findings"]:
        lines += _finding(finding)
    lines += ["", *_protocols(summary["protocols"], summary["baselines"])]
    lines += ["", *_probes(summary["probes"])]
    lines += ["", *_neighbours(summary["neighbours"])]
    lines += _waterfall(summary["waterfall"])
    return "\n".join(lines).rstrip() + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _finding(finding: Mapping[str, Any]) -> list[str]:
    lines = [f"{_SIGNS[finding['severity']]} {finding['title']}"]
    lines += _wrapped(finding["evidence"], " " * 8)
    if finding["fix"]:
        lines += _wrapped(f"Fix: {finding['fix']}", " " * 8)
    return lines


def _protocols(
    protocols: Sequence[Mapping[str, Any]], baselines: Sequence[Mapping[str, Any]]
) -> list[str]:
    lines = [
        f"{'score':31}{'value':>7}{'hits':>10}{'interval':>15}{'chance':>8}{'p':>9}  baselines"
    ]
    for row in protocols:
        if row["why_not"]:
            lines += _wrapped(f"{row['title']}: not asked: {row['why_not']}", "  ")[:2]
            continue
        hits = f"{row['hits']}/{row['n']}" if row["hits"] is not None else f"n {row['n']}"
        interval = f"[{shown(number(row['low']))}, {shown(number(row['high']))}]"
        p = p_text(number(row["p"])) if row["p"] is not None else ""
        others = [
            f"{base['name']} {shown(number(base['scores'][row['key']].get('value')))}"
            for base in baselines
            if row["key"] in base["scores"]
        ]
        lines.append(
            f"{row['title'][:30]:31}{shown(row['value']):>7}{hits:>10}{interval:>15}"
            f"{shown(number(row['null'])):>8}{p:>9}  {', '.join(others)}"
        )
    return lines


def _probes(probes: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        f"{'predicted from the features':31}{'rows':>10}{'accuracy':>10}{'shuffled':>10}{'p':>9}"
    ]
    lines += [
        f"{row['column'] + ' (' + row['probe'] + ')':31}{row['on']:>10}"
        f"{shown(row['value']):>10}{shown(row['chance']):>10}{p_text(number(row['p'])):>9}"
        for row in probes
        if not row["why_not"]
    ]
    return lines


def _neighbours(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"{'share in the same place':31}{'place':>15}{'share':>8}{'expected':>10}{'n':>7}"]
    lines += [
        f"{row['question']:31}{row['place']:>15}{shown(row['value']):>8}"
        f"{shown(row['expected']):>10}{row['n']:>7}"
        for row in rows
    ]
    return lines


def _waterfall(stages: Sequence[Mapping[str, Any]]) -> list[str]:
    if not stages:
        return []
    lines = ["", "step by step (gain over the step before, 95 % interval)"]
    for stage in stages:
        told = []
        for score in stage["scores"].values():
            gain = score["gain"]
            words = (
                ""
                if gain is None
                else f" ({gain['value']:+.2f} [{gain['low']:+.2f}, {gain['high']:+.2f}])"
            )
            told.append(f"{score['title']} {shown(score['value'])}{words}")
        lines.append(f"  {stage['step']}")
        lines += _wrapped("; ".join(told), "      ")
    return lines
