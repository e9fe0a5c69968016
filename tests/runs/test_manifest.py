"""A file that is not as it was written is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from phenolens.runs import manifest as listing
from phenolens.runs.manifest import damage, is_manifest, manifest, of_text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with two files, one of them in a folder of its own."""
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("first")
    (tmp_path / "model" / "deep" / "b.txt").write_text("second")
    return tmp_path


def test_files_and_folders_are_listed_with_size_and_checksum(root: Path) -> None:
    listed = manifest(root, [root / "a.txt", root / "model"])
    assert listed == {"a.txt": of_text("first"), "model/deep/b.txt": of_text("second")}
    assert damage(root, listed) == ""
    assert damage(root, {name: list(facts) for name, facts in listed.items()}) == ""  # from JSON


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is missing"),
        ("", "is damaged (0 bytes instead of 5)"),
        ("other", "is damaged (its content has changed)"),
    ],
)
def test_what_is_damaged_is_named(root: Path, text: str | None, words: str) -> None:
    listed = manifest(root, [root])
    if text is None:
        (root / "a.txt").unlink()
    else:
        (root / "a.txt").write_text(text)
    assert damage(root, listed) == f"{root / 'a.txt'}: {words}"
    assert bool(damage(root, listed, quick=True)) == (text != "other")


@pytest.mark.parametrize(
    "value",
    [None, [], {"a": 5}, {"a": [5]}, {"a": ["5", "x"]}, {"/a": [5, "x"]}, {"../a": [5, ""]}],
)
def test_another_value_is_damage_too(root: Path, value: Any) -> None:
    assert not is_manifest(value)
    assert damage(root, value) == f"{root}: the list of its files is damaged"


def test_of_a_large_file_parts_are_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "WHOLE", 10_000)
    monkeypatch.setattr(listing, "_PART", 100)
    file = root / "large"
    content = bytearray(os.urandom(1_000_000))
    file.write_bytes(content)
    listed = manifest(root, [file])
    for place in (0, -1, 999_950):  # within the first and the last part
        changed = content.copy()
        changed[place] ^= 1
        file.write_bytes(changed)
        assert "content has changed" in damage(root, listed)
    file.write_bytes(bytes(len(content)))
    assert "content has changed" in damage(root, listed)
    file.write_bytes(content)
    assert damage(root, listed) == ""
