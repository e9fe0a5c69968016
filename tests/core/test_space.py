"""Space on disks: what is reserved is there; more in `tests/safety/test_disk_full.py`."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.space import reserve, room


def test_a_file_gets_its_size_and_keeps_its_content(tmp_path: Path) -> None:
    reserve(tmp_path / "a", 5000)
    assert (tmp_path / "a").read_bytes() == bytes(5000)
    (tmp_path / "a").write_bytes(b"abc")
    reserve(tmp_path / "a", 4)
    assert (tmp_path / "a").read_bytes() == b"abc\0"
    reserve(tmp_path / "empty", 0)
    assert (tmp_path / "empty").read_bytes() == b""


def test_a_full_disk_says_what_is_needed_and_what_is_free(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, room(tmp_path / "not" / "there", 2_500_000):
        raise OSError(errno.ENOSPC, "full")
    assert "2.5 MB are needed in all" in str(caught.value)
    assert caught.value.__cause__ is None  # else the shorter message of the system replaces it
    assert caught.value.__suppress_context__


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), room(tmp_path, 1):
        (tmp_path / "no").read_bytes()
