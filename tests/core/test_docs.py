from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phenolens.core import registry
from phenolens.core.docs import fill, main, table
from phenolens.core.errors import InputError
from phenolens.core.registry import ROOMS, catalogue
from phenolens.metrics.nsc import Nsc

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "<!-- table:" in page.read_text("utf-8"))
METRIC = '''
from dataclasses import dataclass

@dataclass(frozen=True)
class Likeness:
    """How alike wells are."""

    title, better, good, chance, blind = "Likeness", "high", "Near 1.", "0.5 | more", "all"

    def __call__(self, profiles):
        raise NotImplementedError
'''


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave out the classes of installed packages: the tests' own layout is one."""
    registry._add_installed()
    monkeypatch.setattr(registry, "_classes", {})
    catalogue.cache_clear()
    yield
    monkeypatch.undo()
    catalogue.cache_clear()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_tables_of_the_documentation_are_those_of_the_catalogue(page: Path) -> None:
    text = page.read_text("utf-8")
    assert fill(text) == text, "run `make docs`"


def test_every_room_has_a_table_in_the_documentation() -> None:
    text = (DOCS / "catalogue.md").read_text("utf-8")
    assert [room for room in ROOMS if f"<!-- table: {room} -->" not in text] == []


def test_a_table_has_a_row_per_entry_and_the_facts_of_metrics() -> None:
    lines = table("metrics").splitlines()
    assert lines[0] == "| metric | what it is | good | chance | cannot see |"
    assert len(lines) == 2 + len(catalogue("metrics"))
    (nsc,) = [line for line in lines if line.startswith("| `nsc` |")]
    assert Nsc.good in nsc
    assert Nsc.blind in nsc
    assert table("profiling", ["tvn"]).splitlines()[2].startswith("| `tvn` | ")


def test_an_entry_of_another_package_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "with_a_metric" / "metrics").mkdir(parents=True)
    (tmp_path / "with_a_metric" / "__init__.py").touch()
    (tmp_path / "with_a_metric" / "metrics" / "likeness.py").write_text(METRIC)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    registry.extend("with_a_metric")
    try:
        row = "| `likeness` | How alike wells are. | Near 1. | 0.5 \\| more | all |\n"
        assert row in table("metrics")
    finally:
        registry.catalogue.cache_clear()


def test_what_is_between_the_marks_is_rewritten(tmp_path: Path) -> None:
    text = "# A\n<!-- table: metrics nscb nsc -->\nold\n<!-- end -->\nafter\n"
    page = tmp_path / "deep" / "page.md"
    page.parent.mkdir()
    page.write_text(text)
    (tmp_path / "plain.md").write_text("# B\n")
    assert main(tmp_path) == [page]
    assert main(tmp_path) == []
    filled = page.read_text()
    assert filled.startswith("# A\n<!-- table: metrics nscb nsc -->\n| metric |")
    assert filled.endswith("<!-- end -->\nafter\n")
    assert filled.index("`nscb`") < filled.index("`nsc`")
    assert "old" not in filled


@pytest.mark.parametrize(("mark", "message"), [("metric", "no such room"), ("metrics ncs", "nsc")])
def test_a_mark_that_names_nothing_is_refused(mark: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fill(f"<!-- table: {mark} -->\n<!-- end -->")
