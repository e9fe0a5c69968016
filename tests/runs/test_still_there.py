"""A folder that goes away while a run works in it is named with the way to go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import ABOUT, Cache
from phenolens.runs.folder import obtain
from phenolens.runs.record import Record, write_record
from phenolens.runs.stages import Stage
from phenolens.runs.still_there import still_there

STAGE = Stage("train", {"a": 1})


def test_only_a_removed_folder_is_named(tmp_path: Path) -> None:
    folder, later = tmp_path / "here", tmp_path / "later"
    folder.mkdir()
    with pytest.raises(FileNotFoundError), still_there(folder):
        (folder / "absent").read_text()
    named = "here: was removed while the run went on; give the same"
    with pytest.raises(InputError, match=named), still_there(folder):  # noqa: PT012
        folder.rmdir()
        (folder / "absent").read_text()
    with still_there(later):
        later.mkdir()
    with pytest.raises(InputError, match="later: was removed"), still_there(later):  # noqa: PT012
        shutil.rmtree(later)
        (tmp_path / "held").mkdir()  # so that the new folder has another number
        later.mkdir()
        raise shutil.Error([])


def gone(work: Path) -> None:
    (work / "model").mkdir()
    shutil.rmtree(work.parent.parent)
    work.mkdir(parents=True)  # as a writer of the stage does


@pytest.mark.parametrize("late", [False, True], ids=["while it is made", "while it is copied"])
def test_a_cache_that_is_removed_leaves_no_empty_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.root.mkdir()
    write_record(folder, Record())
    places = {"model": folder.models}

    def build(work: Path) -> None:
        (work / "model").mkdir()
        (work / "model" / "weights").write_text("1")

    def made(build: Callable[[Path], None]) -> None:
        with Cache(tmp_path / "cache") as cache:
            obtain(folder, cache, STAGE, places, build)

    def copied(*_: Path) -> None:
        shutil.rmtree(tmp_path / "cache")
        raise shutil.Error([("model", "model", "no such file")])

    with monkeypatch.context() as patch:
        if late:
            patch.setattr("phenolens.runs.folder._copy", copied)
        with pytest.raises(InputError, match="was removed while the run went on"):
            made(build if late else gone)
    made(build)
    assert (folder.models / "weights").read_text() == "1"


def test_a_stage_without_what_it_must_hold_is_made_again(tmp_path: Path) -> None:
    lines: list[str] = []
    with Cache(tmp_path / "cache", lines.append) as cache:
        entry = cache.make(STAGE, lambda work: (work / "other").touch())
        cache.make(STAGE, lambda work: (work / "model").touch(), ["model"])
        assert (entry / "model").is_file()
        assert (entry / ABOUT).is_file()
        assert cache.make(STAGE, gone, ["model"]) == entry
    (line,) = lines
    assert line.endswith("model: is missing; it will be made again")
