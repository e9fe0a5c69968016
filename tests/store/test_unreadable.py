"""Images that cannot be read, noted line by line."""

from __future__ import annotations

from pathlib import Path

from phenolens.store.unreadable import Notes, keep_unreadable, read_unreadable


def test_notes_survive_lines_that_are_none(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    notes.add({})
    assert read_unreadable(tmp_path) == {}
    notes.add({3: "3.tif: is empty"})
    with (tmp_path / "unreadable.jsonl").open("a") as file:
        file.write('{"other": 1}\n[1]\n[5, "cut')
    notes.add({9: "9.tif: is gone", 10: "10.tif: is gone"})
    assert sorted(read_unreadable(tmp_path)) == [3, 9, 10]
    keep_unreadable(tmp_path, lambda row: row < 10)
    assert read_unreadable(tmp_path) == {3: "3.tif: is empty", 9: "9.tif: is gone"}
