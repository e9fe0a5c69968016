"""Names and globs are files, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.named_files import named_files


def _any(_: str, path: Path) -> Path:
    return path


def test_globs_are_sorted_and_files_come_once(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "~$a.csv"):
        (tmp_path / name).write_text("x")
    found = named_files(("b.csv", "*.csv"), tmp_path, _any)
    assert [path.name for path in found] == ["b.csv", "a.csv"]
    assert named_files("absent.csv", tmp_path, _any) == [tmp_path / "absent.csv"]


def test_a_glob_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file matches"):
        named_files("*.csv", tmp_path, _any)
