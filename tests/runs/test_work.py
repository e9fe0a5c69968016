"""The folder of an embedding's work: the number of threads, and what is deleted of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phenolens.runs.work import clear_work, threads_of


def test_work_goes_on_with_its_threads_and_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here, work = torch.get_num_threads(), tmp_path / "x.work"
    with threads_of(work):
        pass
    (note,) = work.iterdir()
    note.write_text(str(here + 1))
    with threads_of(work):
        assert torch.get_num_threads() == here + 1
    assert caplog.messages == [
        f"goes on with {here + 1} threads, as it was begun, not with {here}: for the same bits"
    ]
    clear_work(work)
    assert not work.exists()
    clear_work(work)


def test_a_file_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with threads_of(tmp_path):
        pass
    clear_work(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
