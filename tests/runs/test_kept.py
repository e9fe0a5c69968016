"""The note of what was finished; whole stages: `tests/safety/test_runs_unfinished.py`."""

from __future__ import annotations

import json
from pathlib import Path

from phenolens.runs.kept import is_kept, keep


def test_the_note_of_a_stage_is_read_as_a_strangers(tmp_path: Path) -> None:
    file, note, said = tmp_path / "a", tmp_path / "note.json", list[str]()
    for content in ("", "[]", "{}", '{"key": "k", "files": {"../x": [1, "y"]}}', "[" * 99999):
        file.write_text("a")
        note.write_text(content)
        assert not is_kept(note, "k", [file], said.append)
        assert not file.exists()
        assert not note.exists()
    assert len(said) == 5
    file.write_text("a")
    keep(note, "k", [file])
    assert json.loads(note.read_text())["key"] == "k"
    assert is_kept(note, "k", [file], said.append)
