"""A run writes into its own folder or a new one, and over nothing that it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.run_folder import RunFolder
from phenolens.runs.ownership import refuse_foreign, refuse_inputs, refuse_inside
from phenolens.runs.record import Record, write_record


def test_new_and_empty_folders_and_our_own_are_accepted(tmp_path: Path) -> None:
    refuse_foreign(RunFolder(tmp_path / "absent"))
    refuse_foreign(RunFolder(tmp_path))
    (tmp_path / ".partial-host-1-x").mkdir()  # of a killed process that had just begun
    refuse_foreign(RunFolder(tmp_path))
    write_record(RunFolder(tmp_path), Record(early="e"))
    (tmp_path / "notes.txt").write_text("mine")  # put there by somebody; it is left alone
    refuse_foreign(RunFolder(tmp_path))


@pytest.mark.parametrize("names", [["thesis.txt"], ["recipe.toml", "profiles.parquet"], [".git"]])
def test_a_folder_with_files_of_somebody_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("mine")
    words = rf"holds files, and is not a run of phenolens: {names[-1]}|{', '.join(names)}; choose"
    with pytest.raises(InputError, match=words):
        refuse_foreign(RunFolder(tmp_path))


def test_with_a_damaged_record_a_folder_is_ours_if_all_names_are(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.stages.write_text("{nonsense")
    folder.recipe.write_text("")
    refuse_foreign(folder)
    for name in "abcd":
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"not a run of phenolens: a, b, c, \.\.\.; choose"):
        refuse_foreign(folder)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(InputError, match=r"x: is a file; choose another --out: a folder"):
        refuse_foreign(RunFolder(tmp_path / "x"))


def test_what_is_read_is_never_written_over(tmp_path: Path) -> None:
    table = tmp_path / "run" / "profiles.parquet"
    for root in (tmp_path, tmp_path / "run", tmp_path / "run" / ".." / "run"):
        with pytest.raises(InputError, match=r"holds an input of this run.*: .*profiles.parquet;"):
            refuse_inputs(RunFolder(root), [table])
    refuse_inputs(RunFolder(tmp_path / "run" / "inner"), [table])
    refuse_inputs(RunFolder(tmp_path / "ru"), [table])


def test_a_record_of_another_program_is_no_sign_of_a_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.stages.write_text('{"stages": ["build", "test"]}')
    with pytest.raises(InputError, match=r"not a run of phenolens: stages\.json"):
        refuse_foreign(folder)


def test_a_run_is_not_put_into_a_cache(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "train"):
        with pytest.raises(InputError, match=r"is in the cache .*; choose another --out"):
            refuse_inside(RunFolder(root), tmp_path)
    refuse_inside(RunFolder(tmp_path), tmp_path / "phenolens-cache")
