"""What killed processes left is deleted by the next run; what a live one holds is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from phenolens.core import files
from phenolens.core.files import PARTIAL
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import GOING, LOCK, USES, WORK, Cache, lock_of, sibling
from phenolens.runs.leftovers import clear_cache, clear_folder
from phenolens.runs.processes import MARK
from phenolens.runs.stages import Stage

STAGE, UNFINISHED = Stage("train", {"a": 1}), Stage("train", {"a": 2})


def test_a_cache_keeps_entries_and_unfinished_work_only(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        entry = cache.make(STAGE, lambda work: (work / "x").touch())
    other = cache.path(UNFINISHED)
    for folder in (sibling(entry, WORK), sibling(other, WORK), sibling(entry, USES)):
        folder.mkdir()
        (folder / "1-0123abcd").touch()
    entry.with_name(f"{entry.name}{GOING}12345678").mkdir()
    sibling(other, LOCK).touch()
    clear_cache(tmp_path)
    left = {
        path.relative_to(tmp_path / "train").as_posix() for path in (tmp_path / "train").rglob("*")
    }
    unfinished = sibling(other, WORK).name
    assert left == {
        *(entry.name, f"{entry.name}/x", f"{entry.name}/stage.json"),
        *(unfinished, f"{unfinished}/1-0123abcd"),
    }
    clear_cache(tmp_path / "absent")


def test_a_mark_that_was_being_written_leaves_nothing(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.make(STAGE, lambda work: (work / "x").touch())
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f"{PARTIAL}{files._host()}-{gone.pid}-abc"
    left.mkdir()
    clear_cache(tmp_path)
    assert not left.exists()


def test_what_a_live_process_holds_is_left_alone(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        entry = cache.make(STAGE, lambda work: (work / "x").touch())
        clear_cache(tmp_path)
        assert len(list(sibling(entry, USES).iterdir())) == 1
        with lock_of(entry):
            sibling(entry, WORK).mkdir()
            clear_cache(tmp_path)
            assert sibling(entry, WORK).exists()


def test_a_run_folder_loses_marks_and_unfinished_files(tmp_path: Path) -> None:
    clear_folder(RunFolder(tmp_path / "absent"))
    folder = RunFolder(tmp_path / "run")
    folder.models.mkdir(parents=True)
    folder.recipe.touch()
    (folder.root / f"{MARK}0123456789abcdef").touch()
    clear_folder(folder)
    assert {path.name for path in folder.root.iterdir()} == {"models", "recipe.toml"}


def test_files_of_a_user_in_the_folder_of_the_cache_stay(tmp_path: Path) -> None:
    names = ("poetry.lock", "notes.uses", "x.going-12345678", "0123456789abcdef.txt")
    for name in names:
        (tmp_path / "train" / name).mkdir(parents=True)
        (tmp_path / "train" / name / "thesis.txt").write_text("mine")
    clear_cache(tmp_path)
    assert {path.name for path in (tmp_path / "train").iterdir()} == set(names)
