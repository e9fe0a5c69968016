"""A run goes on with the number of threads that it was begun with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phenolens.core.run_folder import RunFolder
from phenolens.runs.record import Record, read_record, write_record
from phenolens.runs.same_threads import noted_threads, same_threads


def test_the_number_is_noted_and_used_again(tmp_path: Path) -> None:
    here, folder, said = torch.get_num_threads(), RunFolder(tmp_path), list[str]()
    write_record(folder, Record(early="e"))
    with same_threads(folder, said.append):
        assert torch.get_num_threads() == here
    assert read_record(folder) == Record(early="e", threads=here)
    assert said == []
    write_record(folder, Record(early="e", threads=here + 1))
    with pytest.raises(KeyboardInterrupt), same_threads(folder, said.append):  # noqa: PT012
        assert torch.get_num_threads() == here + 1
        raise KeyboardInterrupt
    assert torch.get_num_threads() == here
    assert said == [
        f"goes on with {here + 1} threads, as it was begun, not with {here}: for the same bits"
    ]


def test_work_that_is_not_a_runs_notes_it_in_a_file(tmp_path: Path) -> None:
    here, note, said = torch.get_num_threads(), tmp_path / "work" / "n.json", list[str]()
    for content in ("", "[", '"2"', "true"):
        note.parent.mkdir(exist_ok=True)
        note.write_text(content)
        with noted_threads(note, said.append):
            assert torch.get_num_threads() == here
        assert note.read_text() == str(here)
    note.write_text(str(here + 1))
    with noted_threads(note, said.append):
        assert torch.get_num_threads() == here + 1
    assert torch.get_num_threads() == here
    note.write_text("1000000000")
    with noted_threads(note, said.append):
        assert torch.get_num_threads() == here
    assert len(said) == 1
