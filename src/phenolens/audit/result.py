"""Audit: what an audit found, as a page, as JSON or as text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from phenolens.audit.evidence import Evidence
from phenolens.audit.page import render_audit
from phenolens.audit.text import write_audit
from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.small_files import read_small
from phenolens.core.target import check_target


@dataclass(frozen=True, slots=True, eq=False)
class Audit(Evidence):
    """What an audit found: the evidence, as a page, as JSON or as text."""

    def save(self, path: Path | str) -> Path:
        """Write the page (`.html`), the figures (`.json`), or both into a folder.

        Returns:
            The page, or the file asked for.

        Raises:
            InputError: Another ending, or a folder where a file is to be written.
        """
        path = check_out(Path(path))
        if path.suffix == ".html":
            return render_audit(self, path)
        if path.suffix == ".json":
            return write_text(path, json.dumps(self.summary(), indent=1, allow_nan=False))
        self.save(path / "audit.json")
        return self.save(path / "audit.html")

    def __str__(self) -> str:
        return write_audit(self)


def check_out(path: Path, inputs: Iterable[Path] = ()) -> Path:
    """Return where an audit is written, once it is safe to write there.

    Args:
        path: A page (`.html`), figures (`.json`), or a folder for both, which has no ending.
        inputs: What is read: it is never written over.

    Raises:
        InputError: Another ending, a folder where a file is to be written, an input, or a page or
            figures in the folder that are not from an audit.
    """
    if path.suffix in (".html", ".json"):
        return check_target(path, inputs)
    if path.suffix and not path.is_dir():
        raise InputError(
            f"an audit cannot be written as '{path.suffix}'",
            where=path,
            fix="use .html for the page, .json for the figures, or a folder for both",
        )
    for name in ("audit.json", "audit.html"):
        check_target(path / name, inputs)
        if (path / name).exists() and not _is_audit(path / "audit.json"):
            raise InputError(
                "is there already, and not from an audit",
                where=path / name,
                fix="name a new folder, or the page itself (.html)",
            )
    return path


def _is_audit(figures: Path) -> bool:
    """Return whether a file holds the figures of an audit."""
    try:
        table = json.loads(read_small(figures))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(table, dict) and {"verdict", "findings"} <= set(table)
