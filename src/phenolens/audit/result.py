"""Audit: what an audit found, as a page, as JSON or as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from phenolens.audit.evidence import Evidence
from phenolens.audit.page import render_audit
from phenolens.audit.text import write_audit
from phenolens.core.files import write_text


@dataclass(frozen=True, slots=True, eq=False)
class Audit(Evidence):
    """What an audit found: the evidence, as a page, as JSON or as text."""

    def save(self, path: Path | str) -> Path:
        """Write the page (`.html`), the figures (`.json`), or both into a folder.

        Returns:
            The page, or the file asked for.
        """
        path = Path(path)
        if path.suffix == ".html":
            return render_audit(self, path)
        if path.suffix == ".json":
            return write_text(path, json.dumps(self.summary(), indent=1, allow_nan=False))
        self.save(path / "audit.json")
        return self.save(path / "audit.html")

    def __str__(self) -> str:
        return write_audit(self)
