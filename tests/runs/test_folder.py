"""A run folder belongs to one recipe and one set of data, and holds whole copies of its stages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import Cache
from phenolens.runs.folder import _copy, begin, finish, fits, holds, is_whole, keys_of, obtain
from phenolens.runs.recipe import Recipe
from phenolens.runs.stages import Stage

INPUTS: dict[str, Any] = {"data": {"fingerprint": "ab"}, "weights": "", "code": {}}
STAGE = Stage("embed", {"a": 1})


def test_a_folder_is_done_with_its_results_and_begun_anew_for_late_changes(
    tiny: Path, tmp_path: Path
) -> None:
    folder, recipe = RunFolder(tmp_path / "run"), Recipe.load(tiny)
    assert not fits(folder, recipe, INPUTS)
    begin(folder, recipe, INPUTS)
    assert fits(folder, recipe, INPUTS)
    assert not is_whole(folder)
    finish(folder, [], "{}", '{"a": 1}')
    folder.report.write_text("page")
    assert fits(folder, recipe, INPUTS)
    assert is_whole(folder)
    tiles = "embedding.tiles={size=8, rows=1, columns=1}"
    late = Recipe.load(tiny, ["metrics.nsc.seed=7", "name=other", "baselines=[]", tiles])
    assert not fits(folder, late, INPUTS)
    assert folder.results.exists()  # looking changes nothing
    begin(folder, late, INPUTS)
    assert not folder.results.exists()  # they were those of the other metrics
    assert not folder.report.exists()
    assert Recipe.load(folder.recipe).settings == late.settings


@pytest.mark.parametrize("finished", [True, False])
def test_what_another_recipe_or_other_data_made_is_refused(
    tiny: Path, tmp_path: Path, finished: bool
) -> None:
    folder, recipe = RunFolder(tmp_path / "run"), Recipe.load(tiny)
    begin(folder, recipe, INPUTS)
    if finished:
        folder.results.write_text("{}")
    with pytest.raises(InputError, match=r"another recipe \(encoder, seed differ\); choose anoth"):
        fits(folder, Recipe.load(tiny, ["encoder.depth=2", "seed=4"]), INPUTS)
    data = {**INPUTS, "data": {"fingerprint": "cd"}}
    message = r"other data \(fingerprint: ab before, cd now\); choose another --out"
    with pytest.raises(InputError, match=message):
        fits(folder, recipe, data)
    with pytest.raises(InputError, match=r"other weights \(none before, ef now\)"):
        fits(folder, recipe, {**INPUTS, "weights": "ef"})


def test_edited_code_is_run_again_and_not_refused(tiny: Path, tmp_path: Path) -> None:
    folder, recipe = RunFolder(tmp_path), Recipe.load(tiny)
    begin(folder, recipe, INPUTS)
    folder.results.write_text("{}")
    assert not fits(folder, recipe, {**INPUTS, "code": {"mine:Mine": "1"}})


def test_several_differences_are_counted(tiny: Path, tmp_path: Path) -> None:
    folder, recipe = RunFolder(tmp_path), Recipe.load(tiny)
    begin(folder, recipe, {**INPUTS, "data": {"a.csv": "1", "b.csv": "2", "c.csv": "3"}})
    with pytest.raises(InputError, match=r"b.csv: 2 before, 5 now, and 1 more"):
        fits(folder, recipe, {**INPUTS, "data": {"a.csv": "1", "b.csv": "5"}})


def test_stages_are_copied_whole_and_found_without_the_cache(tmp_path: Path) -> None:
    folder, calls = RunFolder(tmp_path / "run"), list[int]()
    places = {"model": folder.model("joint"), "log.csv": folder.log("joint")}

    def build(work: Path) -> None:
        calls.append(1)
        (work / "model").mkdir()
        (work / "model" / "weights").write_text(f"{len(calls)}")
        (work / "log.csv").write_text("step")

    with Cache(tmp_path / "cache") as cache:
        record = obtain(folder, cache, STAGE, places, build)
    assert record["key"] == STAGE.key
    assert record["seconds"] >= 0
    assert keys_of(folder) == {"embed models/joint": STAGE.key}
    copy = folder.model("joint") / "weights"
    with Cache(tmp_path / "empty") as cache:
        assert obtain(folder, cache, STAGE, places, build)["seconds"] == record["seconds"]
        assert calls == [1]
    with Cache(tmp_path / "empty") as cache:
        other = Stage("embed", {"a": 2})
        assert not holds(folder, other, places)
        obtain(folder, cache, other, places, build)
    assert copy.read_text() == "2"
    folder.log("joint").unlink()
    assert not holds(folder, other, places)
    assert not [path for path in folder.root.rglob("*") if ".partial" in path.name]


def test_an_edited_file_is_named_and_taken_from_the_cache(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    copy, said = folder.embedding("joint"), list[str]()
    places = {"made": copy}

    def build(work: Path) -> None:
        (work / "made").write_text("1")

    with Cache(tmp_path / "cache") as cache:
        obtain(folder, cache, STAGE, places, build)
        copy.write_text("edited")  # a copy: what one does to it does not reach the cache
        assert (cache.path(STAGE) / "made").read_text() == "1"
        obtain(folder, cache, STAGE, places, build, said.append)
    assert said == [f"{copy}: is damaged (6 bytes instead of 1); it will be made again"]
    assert copy.read_text() == "1"


@pytest.mark.parametrize(
    "text", ["", "{nonsense", "[]", '{"stages": []}', '{"other": 1}', '{"threads": "2"}']
)
def test_a_damaged_record_of_the_stages_is_named_and_made_again(
    tiny: Path, tmp_path: Path, text: str
) -> None:
    folder, recipe = RunFolder(tmp_path), Recipe.load(tiny)
    begin(folder, recipe, INPUTS)
    folder.stages.write_text(text)
    said: list[str] = []
    assert not fits(folder, recipe, INPUTS, said.append)
    (line,) = said
    assert line.startswith(f"{folder.stages}: is damaged")
    assert line.endswith("; it will be made again")
    begin(folder, recipe, INPUTS)
    assert fits(folder, recipe, INPUTS)


def test_a_damaged_recipe_is_named_and_still_refuses_another(tiny: Path, tmp_path: Path) -> None:
    folder, recipe = RunFolder(tmp_path), Recipe.load(tiny)
    begin(folder, recipe, INPUTS)
    folder.recipe.write_text("= nonsense")
    said: list[str] = []
    assert not fits(folder, recipe, INPUTS, said.append)
    assert said == [f"{folder.recipe}: is damaged; it will be made again"]
    with pytest.raises(InputError, match="holds a run of another recipe; choose another --out"):
        fits(folder, Recipe.load(tiny, ["seed=1"]), INPUTS)


def test_files_that_a_kill_left_half_replaced_are_not_taken_for_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = RunFolder(tmp_path / "run"), Stage("embed", {"a": 2})
    places = {"made": folder.embedding("joint"), "more": folder.embeddings / "more"}

    def build(text: str, work: Path) -> None:
        (work / "made").write_text(text)
        (work / "more").mkdir()
        (work / "more" / "inner").write_text(text)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with Cache(tmp_path / "cache") as cache:
        obtain(folder, cache, STAGE, places, partial(build, "old"))
        with monkeypatch.context() as patched:
            patched.setattr(shutil, "copytree", killed)
            with pytest.raises(KeyboardInterrupt):
                obtain(folder, cache, other, places, partial(build, "new"))
        assert places["made"].read_text() == "new"  # and the folder still holds the old one
        assert not holds(folder, STAGE, places)
        obtain(folder, cache, STAGE, places, partial(build, "old"))
    assert places["made"].read_text() == (places["more"] / "inner").read_text() == "old"


def test_what_a_kill_left_in_a_copy_is_cleared(tmp_path: Path) -> None:
    """A process that ends at once, while it copies a folder, leaves nothing after the next copy."""
    code = """
import os, shutil, sys
from pathlib import Path
from phenolens.runs.folder import _copy

shutil.copytree = lambda source, target: (target.mkdir(), os._exit(9))
_copy(Path(sys.argv[1]), Path(sys.argv[2]))
"""
    source, target = tmp_path / "source", tmp_path / "models" / "joint"
    source.mkdir()
    done = subprocess.run([sys.executable, "-c", code, source, target], check=False)
    assert done.returncode == 9
    assert len(list(target.parent.iterdir())) == 1
    _copy(source, target)
    assert list(target.parent.iterdir()) == [target]


def test_a_file_of_the_user_in_a_folder_of_the_run_is_never_deleted(tmp_path: Path) -> None:
    def build(text: str, work: Path) -> None:
        (work / "model").mkdir(exist_ok=True)
        (work / "model" / text).write_text(text)

    folder = RunFolder(tmp_path / "run")
    places = {"model": folder.model("joint")}
    with Cache(tmp_path / "cache") as cache:
        obtain(folder, cache, STAGE, places, partial(build, "old"))
        mine = folder.model("joint") / "thesis.txt"
        mine.write_text("mine")
        with pytest.raises(InputError, match=r"thesis.txt: is not a file of this run"):
            obtain(folder, cache, Stage("embed", {"a": 2}), places, partial(build, "new"))
        assert mine.read_text() == "mine"
        mine.unlink()
        obtain(folder, cache, Stage("embed", {"a": 2}), places, partial(build, "new"))
    assert [path.name for path in folder.model("joint").iterdir()] == ["new"]
