"""A run writes into its own folder only, deletes only what it wrote, and never over its inputs."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from tests.safety.runs_kit import command, contents, recipe, save_wells

from phenolens.core.errors import InputError
from phenolens.runs.run import run

RECIPE = """
name = "wells"
profiles = { table = "wells.parquet" }
metrics = { nsc = {} }
profiling = [{ step = "aggregate", by = ["compound"] }]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of a user, which is the working folder: a table, a recipe, other files."""
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile
    monkeypatch.setattr(sys, "argv", ["phenolens"])
    folder = tmp_path / "home"
    save_wells(folder / "wells.parquet")
    save_wells(folder / "profiles.parquet", seed=1)
    (folder / "scores").mkdir()
    (folder / "scores" / "mine.parquet").write_text("mine")
    (folder / "recipe.toml").write_text(RECIPE)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("out", [".", "scores", "../home"])
def test_a_folder_with_files_of_the_user_is_refused_by_name(
    home: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(home)
    assert command("run", "recipe.toml", "--out", out) == 2
    err = capsys.readouterr().err
    assert f"error: {out}: holds files, and is not a run of phenolens: " in err
    assert "choose another --out: a new or an empty folder" in err
    assert contents(home) == before
    assert not list(home.parent.glob(".*"))


def test_an_input_is_never_overwritten(home: Path) -> None:
    """Not even in the folder of an earlier run of the same recipe."""
    run(recipe(), home, home / "out")
    own = recipe(profiles={"table": "out/profiles.parquet"}, profiling=[])
    before = contents(home)
    with pytest.raises(InputError, match=r"out: holds an input of this run, .*profiles.parquet;"):
        run(own, home, home / "out")
    assert contents(home) == before


def test_only_scores_that_a_run_wrote_are_deleted(home: Path) -> None:
    out = home / "out"
    run(recipe(), home, out)
    (out / "scores" / "mine.parquet").write_text("mine")
    (out / "notes.txt").write_text("mine")
    run(recipe(metrics={"other": {"metric": "nsc", "same": "plate"}}), home, out)
    assert {path.name for path in (out / "scores").iterdir()} == {"mine.parquet", "other.parquet"}
    assert (out / "scores" / "mine.parquet").read_text() == "mine"
    assert (out / "notes.txt").read_text() == "mine"


def test_a_record_of_a_stranger_deletes_nothing(home: Path) -> None:
    """Scores of an earlier recipe are deleted only where they are what a run wrote."""
    assert command("run", "recipe.toml", "--out", "out") == 0
    record = Path("out/stages.json")
    content = json.loads(record.read_text())
    (slot,) = [slot for slot in content["stages"] if slot.startswith("score ")]
    content["stages"]["score scores/old.parquet"] = {
        **content["stages"][slot],
        "files": {"thesis.txt": [4, "nope"], "link/mine.txt": [4, "nope"]},
    }
    record.write_text(json.dumps(content))
    Path("out/thesis.txt").write_text("mine")
    (home / "other").mkdir()
    (home / "other" / "mine.txt").write_text("mine")
    Path("out/link").symlink_to(home / "other")
    command("run", "recipe.toml", "--out", "out", "--set", "metrics={drop={}}")
    assert Path("out/thesis.txt").read_text() == "mine"
    assert (home / "other" / "mine.txt").read_text() == "mine"


def test_a_link_in_a_run_is_neither_written_through_nor_published(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("run", "recipe.toml", "--out", "out") == 0
    (home / "private.json").write_text('{"secret": 1}')
    Path("out/provenance.json").unlink()
    Path("out/provenance.json").symlink_to(home / "private.json")
    assert command("report", "out") == 2
    assert "is a link, and a run writes files" in capsys.readouterr().err
    Path("out/provenance.json").unlink()
    shutil.rmtree("out/scores")
    victim = home / "victim"
    victim.mkdir()
    (victim / "nsc.parquet").write_text("mine")
    Path("out/scores").symlink_to(victim)
    assert command("run", "recipe.toml", "--out", "out") == 2
    assert "leads out of the folder of the run" in capsys.readouterr().err
    assert (victim / "nsc.parquet").read_text() == "mine"
