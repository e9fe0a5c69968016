"""Facts and problems: a full disk, a folder that cannot be written, what cannot be looked at."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from phenolens.cli import diagnosis
from phenolens.cli.diagnosis import Diagnosis, examine, has_extra
from phenolens.core.extras import EXTRAS

Usage = namedtuple("Usage", "total used free")


def test_every_section_has_facts(tmp_path: Path) -> None:
    found = examine(tmp_path / "runs" / "cache")
    assert found.problems == []
    empty = [name for name, facts in found.facts.items() if not facts]
    assert set(empty) <= {"plugins", "environment"}
    assert found.facts["processor"]["cores"] >= 1
    assert found.facts["folders"]["runs"] == str(tmp_path / "runs")


def test_the_cache_is_counted(finished: Path) -> None:
    folders = examine(finished.parent / "phenolens-cache").facts["folders"]
    assert folders["stages in the cache"] >= 4
    assert folders["size of the cache (MB)"] > 0


def test_little_room_and_a_folder_without_rights_are_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e12, 1e12, 1e8))
    monkeypatch.setattr(diagnosis, "_writable", lambda _: False)
    problems = examine(tmp_path / "cache").problems
    assert {p["fix"] for p in problems} == {
        "make room",
        "change its rights, or name another --out",
    }
    assert any("only 0.1 GB are free" in p["what"] for p in problems)


def test_what_cannot_be_looked_at_is_a_problem_and_no_error() -> None:
    found = Diagnosis()
    found.look("broken", lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    assert found.facts == {"broken": {}}
    assert found.problems == [
        {"what": "broken: ZeroDivisionError: division by zero", "fix": "report it"}
    ]


def test_a_package_that_is_missing_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "PACKAGES", ("numpy", "no-such-package"))
    (problem,) = examine(tmp_path).problems
    assert problem["what"] == "no-such-package is not installed"


def test_an_extra_is_there_when_all_its_modules_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_extra("train")
    monkeypatch.setitem(EXTRAS, "train", ("torch", "no_such_module"))
    assert not has_extra("train")
