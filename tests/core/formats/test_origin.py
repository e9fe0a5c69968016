"""The fingerprint of an input: of its bytes, whatever the folder is called."""

from __future__ import annotations

import hashlib
from pathlib import Path

from phenolens.core.formats.origin import load_entry, sha256_of


def test_a_file_is_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" * 999_999)
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sha256_of(path, [path]) == sha256_of(path)


def test_a_folder_is_its_parts_by_name(tmp_path: Path) -> None:
    for root, order in (("one", "ab"), ("two", "ba")):
        for name in order:
            (tmp_path / root / name).mkdir(parents=True)
            (tmp_path / root / name / "x.bin").write_text(name)
    one = sha256_of(tmp_path / "one")
    assert one == sha256_of(tmp_path / "two")
    files = sorted((tmp_path / "one").rglob("*.bin"))
    assert sha256_of(tmp_path / "one", reversed(files)) == one
    (tmp_path / "two" / "a" / "x.bin").rename(tmp_path / "two" / "a" / "y.bin")
    assert sha256_of(tmp_path / "two") != one
    (tmp_path / "one" / "b" / "x.bin").write_text("c")
    assert sha256_of(tmp_path / "one") != one


def test_the_entry_names_the_file_and_not_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a")
    entry = load_entry(path, (path,), (3, 2), parameters={"columns": {}}, facts={"table": "r"})
    assert entry == {
        "step": "load",
        "file": "t.csv",
        "sha256": hashlib.sha256(b"a").hexdigest(),
        "rows": 3,
        "features": 2,
        "parameters": {"columns": {}},
        "facts": {"table": "r"},
    }
