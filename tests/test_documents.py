"""Every Python example of the documentation runs, in a folder of its own, page by page."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from phenolens.core import registry

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page for page in (ROOT / "docs").rglob("*.md") if "```python" in page.read_text("utf-8")
)


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the packages that a page adds to the catalogue and to the search path."""
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    registry.catalogue.cache_clear()
    yield
    registry.catalogue.cache_clear()
    for name in set(sys.modules) - before:
        if name.split(".")[0] == "mine":  # of docs/extending.md
            del sys.modules[name]


@pytest.mark.usefixtures("unchecked")  # as a reader runs them; it halves the time
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in re.findall("```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(compile(example, str(page), "exec"), names)
