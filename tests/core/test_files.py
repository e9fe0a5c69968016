"""A file is complete or absent, whatever happens while it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.files import write_text, written


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = write_text(tmp_path / "deep" / "a.txt", "old")
    with pytest.raises(RuntimeError, match="full"), written(path) as partial:
        partial.write_text("half of the n")
        raise RuntimeError("disk full")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(path.parent.iterdir()) == [path]


def test_the_new_file_replaces_the_old_one_at_the_end_only(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.tar.gz", "old")
    with written(path) as partial:
        assert partial.suffixes == path.suffixes
        partial.write_bytes(b"new")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_writes_nothing_is_an_error_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.txt", "old")
    with pytest.raises(FileNotFoundError), written(path):
        pass
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
