"""The audit's page: its summary becomes one HTML file that opens offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phenolens.report.audit_text import write_audit
from phenolens.report.svg import Markup, tag


def render_audit(summary: Mapping[str, Any], path: Path | str) -> Path:
    """Write the page of an audit and return its path.

    Args:
        summary: As `Audit.summary()` gives it.
        path: Of the page; written beside, then renamed.
    """
    path = Path(path)
    body = tag("pre", write_audit(summary))
    html = Markup("<!DOCTYPE html>") + tag("html", tag("body", body), lang="en")
    beside = path.with_name(path.name + ".part")
    beside.write_text(html, encoding="utf-8")
    beside.replace(path)
    return path
