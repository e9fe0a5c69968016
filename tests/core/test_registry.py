"""The catalogue is the folders' listing, read without importing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from phenolens.core import registry
from phenolens.core.errors import InputError
from phenolens.core.registry import ROOMS, build, catalogue, find


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package, in which a test writes files."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
    monkeypatch.setattr(registry, "_packages", {"phenolens": tmp_path})
    catalogue.cache_clear()
    yield tmp_path
    catalogue.cache_clear()


def test_a_file_that_defines_a_class_of_its_name_is_listed(rooms: Path) -> None:
    (rooms / "metrics/two_words.py").write_text(
        'import nowhere\nclass TwoWords:\n    """Summarize it.\n\n    More."""\n'
    )
    (rooms / "metrics/base.py").write_text("class Metric: pass\n")
    (rooms / "metrics/upper.py").write_text("class UPPER:\n    pass\n")
    listed = catalogue("metrics")
    assert list(listed) == ["two_words", "upper"]
    assert listed["two_words"].class_name == "TwoWords"
    assert listed["two_words"].summary == "Summarize it."
    assert listed["upper"].summary == ""


def test_the_listing_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        catalogue("metrics")["mine"] = None  # type: ignore[index]


def test_reading_it_imports_nothing() -> None:
    code = (
        "import sys\n"
        "from phenolens.core.registry import ROOMS, catalogue\n"
        "assert all(catalogue(room) for room in ROOMS), 'a room is empty'\n"
        "assert 'torch' not in sys.modules\n"
        "print(*[m for m in sys.modules if m.startswith('phenolens.m')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_a_class_is_found_by_name() -> None:
    found = find("metrics", "nsc")
    assert found.__name__.lower() == "nsc"
    assert found.__module__ == "phenolens.metrics.nsc"


def test_an_unknown_name_gets_its_nearest() -> None:
    with pytest.raises(InputError) as error:
        find("metrics", "ncs", "metrics.a.metric")
    assert error.value.where == "metrics.a.metric"
    assert error.value.fix.startswith("did you mean 'nsc'?")


def test_a_class_of_your_own_by_module() -> None:
    assert find("metrics", "phenolens.core.pairs:PairRule").__name__ == "PairRule"
    for wrong in ("nowhere.at.all:X", "phenolens.core.pairs:Nothing", ":X"):
        with pytest.raises(InputError, match=f"cannot import '{wrong}'"):
            find("metrics", wrong)


def test_build_needs_the_naming_key() -> None:
    with pytest.raises(InputError, match=r'profiling: needs step = "\.\.\."; allowed: '):
        build("profiling", {"epsilon": 1.0}, "profiling")
    with pytest.raises(InputError, match=r'profiling: needs step = "\.\.\."'):
        build("profiling", {"step": 3}, "profiling")


def test_build_makes_what_the_table_says() -> None:
    made = build("metrics", {"metric": "nsc"}, "metrics.nsc")
    assert type(made).__name__.lower() == "nsc"
    with pytest.raises(InputError, match=r"metrics\.nsc\.no_such: unknown key"):
        build("metrics", {"metric": "nsc", "no_such": 1}, "metrics.nsc")


def test_a_class_of_your_own_is_built_with_its_settings() -> None:
    made = build(
        "profiling", {"step": "phenolens.core.pairs:PairRule", "same": ["moa"]}, "profiling[0]"
    )
    assert made.same == ("moa",)
