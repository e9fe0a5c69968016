"""The audit's page: its evidence becomes one HTML file that opens offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from phenolens.audit.about import About
from phenolens.audit.codes import Codes, NearestFeature
from phenolens.audit.evidence import Evidence
from phenolens.audit.predictability import Prediction
from phenolens.audit.protocols import keys
from phenolens.audit.rows import (
    baseline_figures,
    probe_figures,
    protocol_figures,
    reading,
    share_figures,
    stage_figures,
)
from phenolens.core.files import write_text
from phenolens.drawing.svg import Markup, tag
from phenolens.drawing.template import SHARED, embed, load_template, read_part
from phenolens.drawing.theme import stylesheet

PACKAGE = "phenolens.audit"


def render_audit(found: Evidence, path: Path | str) -> Path:
    """Write the page of an audit and return its path."""
    html = load_template("audit.html.j2", PACKAGE).render(**_context(found))
    return write_text(path, html)


def _context(found: Evidence) -> dict[str, Any]:
    protocols = protocol_figures(found.protocols)
    by_key = {panel.key: panel for figure in protocols for panel in figure.rows}
    values = {
        "found": found,
        "facts": _facts(found.about),
        "tiles": [by_key[key] for key in keys("first") if key in by_key],
        "alarms": [f for f in found.findings if f.severity != "fine"],
        "fine": [f for f in found.findings if f.severity == "fine"],
        "coded": _coded,
        "protocols": protocols,
        "baselines": baseline_figures(found.protocols, found.baselines),
        "reading": reading(found.protocols),
        "not_computed": [answer for answer in found.protocols if answer.why_not],
        "baselines_absent": [base for base in found.baselines if base.why_not],
        "nearest": _nearest(found.codes),
        "probes": probe_figures(found.probes),
        "probes_absent": _absent(found.probes),
        "shares": share_figures(found.neighbours),
        "stages": stage_figures(found.waterfall),
    }
    return values | {
        "name": "Audit",
        "version": "",
        "contents": _contents(values),
        "embedded": embed(found.summary()),
        "style": Markup(
            stylesheet() + read_part("page.css", SHARED) + read_part("audit.css", PACKAGE)
        ),
        "script": Markup(read_part("page.js", SHARED)),
    }


def _contents(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the sections that the page has, as (anchor, label)."""
    sections = [
        ("findings", "Findings", True),
        ("scores", "Scores", values["protocols"] or values["not_computed"]),
        ("codes", "Codes", True),
        ("probes", "Plate, batch, position", values["probes"] or values["probes_absent"]),
        ("neighbours", "Neighbours", values["shares"]),
        ("layout", "Layout", True),
        ("steps", "Step by step", values["stages"]),
        ("about", "What was audited", True),
    ]
    return [(anchor, label) for anchor, label, there in sections if there]


def _facts(about: About) -> list[tuple[str, str]]:
    """Return what was audited, as (what, how much)."""
    counts = [
        (about.level.capitalize(), about.rows),
        ("Features", about.features),
        ("Treatments", about.treatments),
        ("Compounds", about.compounds),
        (f"Values of {about.truth}", about.truths),
        ("Plates", about.plates),
        ("Batches", about.batches),
        ("Control rows", about.controls),
    ]
    return [(what, f"{count:,}") for what, count in counts if count]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A column's nearest feature, with its place on the axis and that of the limit, in percent."""

    row: NearestFeature
    at: float
    cut: float


def _nearest(codes: Codes) -> list[_Mark]:
    return [_Mark(row, at=100 * min(1.0, row.ratio), cut=100 * row.limit) for row in codes.nearest]


def _coded(text: str) -> Markup:
    """Return a sentence whose `names` are set as code, its first letter a capital.

    Example:
        >>> _coded("use `a<b`")
        'Use <code>a&lt;b</code>'
    """
    parts = (text[:1].upper() + text[1:]).split("`")
    marked = (tag("code", part) if i % 2 else escape(part) for i, part in enumerate(parts))
    return Markup("".join(marked))


def _absent(probes: Sequence[Prediction]) -> list[str]:
    """Return what could not be predicted, and why, each once."""
    reasons = [f"{row.column} ({row.on}): {row.why_not}" for row in probes if row.why_not]
    return list(dict.fromkeys(reasons))
