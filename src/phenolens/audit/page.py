"""The audit's page: its summary becomes one HTML file that opens offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from phenolens.audit.rows import (
    baseline_figures,
    probe_figures,
    protocol_figures,
    reading,
    share_figures,
    stage_figures,
)
from phenolens.drawing.svg import Markup, tag
from phenolens.drawing.template import embed, load_template, read_part, write_page
from phenolens.drawing.theme import stylesheet

_TILES = ("nsc", "nscb_strict", "replicate_retrieval", "consistency")


def render_audit(summary: Mapping[str, Any], path: Path | str) -> Path:
    """Write the page of an audit and return its path.

    Args:
        summary: As `Audit.summary()` gives it.
        path: Of the page; written beside, then renamed.
    """
    html = load_template("audit.html.j2").render(**_context(summary))
    return write_page(html, Path(path))


def _context(summary: Mapping[str, Any]) -> dict[str, Any]:
    protocols = protocol_figures(summary["protocols"])
    by_key = {panel.key: panel for figure in protocols for panel in figure.rows}
    findings = summary["findings"]
    return {
        "about": summary["about"],
        "facts": _facts(summary["about"]),
        "verdict": summary["verdict"],
        "tiles": [by_key[key] for key in _TILES if key in by_key],
        "found": [f for f in findings if f["severity"] != "fine"],
        "fine": [f for f in findings if f["severity"] == "fine"],
        "coded": _coded,
        "protocols": protocols,
        "baselines": baseline_figures(summary),
        "reading": reading(summary["protocols"]),
        "not_asked": [row for row in summary["protocols"] if row["why_not"]],
        "baselines_absent": [base for base in summary["baselines"] if base["why_not"]],
        "codes": summary["codes"],
        "nearest": _nearest(summary["codes"]),
        "probes": probe_figures(summary["probes"]),
        "probes_absent": _absent(summary["probes"]),
        "shares": share_figures(summary["neighbours"]),
        "confounds": summary["confounds"],
        "stages": stage_figures(summary["waterfall"]),
        "waterfall": summary["waterfall"],
        "seconds": summary["seconds"],
        "embedded": embed(summary),
        "style": Markup(stylesheet() + read_part("style.css") + read_part("audit.css")),
        "script": Markup(read_part("page.js")),
    }


def _facts(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was audited, as (what, how much)."""
    counts = [
        (about["level"].capitalize(), about["rows"]),
        ("Features", about["features"]),
        ("Treatments", about["treatments"]),
        ("Compounds", about["compounds"]),
        (f"Values of {about['truth']}", about["truths"]),
        ("Plates", about["plates"]),
        ("Batches", about["batches"]),
        ("Control rows", about["controls"]),
    ]
    return [(what, f"{many:,}") for what, many in counts if many]


def _nearest(codes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the feature nearest to a code of each column, with its place on the axis (0 to 1)."""
    return [
        {**row, "at": 100 * min(1.0, row["ratio"]), "cut": 100 * row["limit"]}
        for row in codes["nearest"]
    ]


def _coded(text: str) -> Markup:
    """Return a sentence whose `names` are set as code, its first letter a capital.

    Example:
        >>> _coded("use `a<b`")
        'Use <code>a&lt;b</code>'
    """
    parts = (text[:1].upper() + text[1:]).split("`")
    made = (tag("code", part) if i % 2 else escape(part) for i, part in enumerate(parts))
    return Markup("".join(made))


def _absent(probes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what could not be predicted, and why, each once."""
    told = [f"{row['column']} ({row['on']}): {row['why_not']}" for row in probes if row["why_not"]]
    return list(dict.fromkeys(told))
