"""Every Python example of the documentation runs, in a folder of its own, page by page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page for page in (ROOT / "docs").rglob("*.md") if "```python" in page.read_text("utf-8")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in re.findall("```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(compile(example, str(page), "exec"), names)
