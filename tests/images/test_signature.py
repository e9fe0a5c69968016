"""Signatures: a file that was changed is noticed, one that was moved is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from phenolens.images.signature import signature


def test_it_is_of_the_content_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "a", tmp_path / "b"
    for path in (one, two):
        path.write_bytes(bytes(100_000))
    os.utime(two, (0, 0))
    assert signature(one) == signature(two)
    assert len(signature(one)) == 16
    two.write_bytes(bytes(100_001))
    assert signature(one) != signature(two)


@pytest.mark.parametrize("place", [0, 4095, 50_000, 99_999])
def test_changes_at_both_ends_and_in_the_middle_are_noticed(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(100_000))
    before = signature(path)
    changed = bytearray(100_000)
    changed[place] = 1
    path.write_bytes(changed)
    assert signature(path) != before


def test_more_parts_notice_more(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(100_000))
    few, many = signature(path), signature(path, 100)
    path.write_bytes(bytes(20_000) + b"1" + bytes(79_999))
    assert signature(path) == few
    assert signature(path, 100) != many


def test_small_and_empty_files(tmp_path: Path) -> None:
    found = set()
    for content in (b"", b"1", b"2"):
        (tmp_path / "a").write_bytes(content)
        found.add(signature(tmp_path / "a"))
    assert len(found) == 3
