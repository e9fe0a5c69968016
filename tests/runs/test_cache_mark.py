"""The mark of a cache: made where a folder is new or empty, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.runs.cache import Cache
from phenolens.runs.cache_mark import TAG, is_marked, mark
from phenolens.runs.entries import choose, entries
from phenolens.runs.leftovers import clear_cache
from phenolens.runs.stages import Stage

KEY = "0123456789abcdef"
STAGE = Stage("train", {"a": 1}, "a model")
# Names in a folder of a user, as a cache would use them.
FOREIGN = (
    f"train/{KEY}/thesis.txt",
    f"train/{KEY}.work/thesis.txt",
    f"train/{KEY}.work.going-0123abcd/thesis.txt",
    f"train/{KEY}.lock",
    f"train/{KEY}.uses/17-0123abcd",
    f"train/{STAGE.key}.uses/17-0123abcd",
)


def build(work: Path) -> None:
    (work / "model").write_text("x")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    for name in FOREIGN:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    return tmp_path


def test_a_new_and_an_empty_folder_are_marked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").touch()
    for name in ("a/new", "empty"):
        mark(tmp_path / name)
        assert is_marked(tmp_path / name)
        mark(tmp_path / name)
    lines = (tmp_path / "a" / "new" / TAG).read_text().splitlines()
    assert lines[0] == "Signature: 8a477f597d28d172789f06886806bc55"


def test_a_folder_with_files_is_not_marked(foreign: Path) -> None:
    mark(foreign)
    assert not (foreign / TAG).exists()


def test_the_mark_of_another_program_and_a_link_are_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / TAG).write_text("Signature: 8a477f597d28d172789f06886806bc55\n# of pip\n")
    mark(tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / TAG).symlink_to(tmp_path / "b" / TAG)
    assert not is_marked(tmp_path / "a")
    assert not is_marked(tmp_path / "c")


def test_a_folder_of_a_user_is_only_added_to(foreign: Path) -> None:
    with Cache(foreign) as cache:
        clear_cache(foreign)
        cache.make(STAGE, build)
    assert [entry.key for entry in entries(foreign)] == [STAGE.key]
    assert [entry.in_use() for entry in entries(foreign)] == [False]
    for entry in choose(entries(foreign), (), None, None):
        assert entry.remove()
    clear_cache(foreign)
    assert entries(foreign) == []
    assert [(foreign / name).read_text() for name in FOREIGN] == ["mine"] * len(FOREIGN)


def test_a_folder_of_a_user_with_the_name_of_a_stage_stays(tmp_path: Path) -> None:
    thesis = tmp_path / "train" / STAGE.key / "thesis.txt"
    thesis.parent.mkdir(parents=True)
    thesis.write_text("mine")
    with Cache(tmp_path) as cache, pytest.raises(InputError, match="name of a stage, and is none"):
        cache.make(STAGE, build)
    assert thesis.read_text() == "mine"


@pytest.mark.parametrize("linked", [False, True])
def test_a_file_with_the_name_of_a_lock_stays(tmp_path: Path, linked: bool) -> None:
    lock, thesis = tmp_path / "train" / f"{STAGE.key}.lock", tmp_path / "thesis.txt"
    lock.parent.mkdir()
    thesis.write_text("mine")
    if linked:
        lock.symlink_to(thesis)
    else:
        lock.write_text("mine")
    with Cache(tmp_path) as cache, pytest.raises(InputError, match="name of a lock"):
        cache.make(STAGE, build)
    assert lock.read_text() == thesis.read_text() == "mine"
