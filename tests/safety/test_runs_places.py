"""A run writes into its own folder only, deletes only what it wrote, and never over its inputs."""

from __future__ import annotations

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
