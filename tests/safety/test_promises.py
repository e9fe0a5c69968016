"""The page of promises names the tests that hold them, and every test of this folder is named."""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).parent
_PAGE = _HERE.parents[1] / "docs" / "safety.md"


def test_every_promise_names_its_tests() -> None:
    sections = _PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    for section in sections:
        assert re.search(r"^Tests: `", section, re.MULTILINE), section.split("\n", 1)[0]
    named = set(re.findall(r"`(test_\w+\.py)`", "\n".join(sections)))
    there = {path.name for path in _HERE.glob("test_*.py")} - {Path(__file__).name}
    assert named == there
