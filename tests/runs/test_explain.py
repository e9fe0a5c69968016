"""Explanations join a finished run, are found again, and go when they are not asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.run_folder import RunFolder
from phenolens.explanations.channel_knock_out import ChannelKnockOut
from phenolens.results.contents import RunContents
from phenolens.runs import explain as explaining
from phenolens.runs import source
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run

NAME = "channel_knock_out"
SETTINGS = ["explanations.channel_knock_out.most=2", 'explanations.channel_knock_out.same="moa"']


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished run, with its cache."""
    shutil.copytree(finished.parent, tmp_path / "runs")
    return tmp_path / "runs" / finished.name


def recipe(folder: Path, *changes: str) -> Recipe:
    return Recipe.load(folder / "recipe.toml", changes)


def test_it_joins_a_finished_run_and_is_found_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "models" / "joint" / "model.safetensors").stat().st_mtime_ns
    made = run(recipe(folder, *SETTINGS), out=folder)
    summary = made.explanations[NAME]["joint"]
    assert set(summary["figures"]) == {
        *("lost_DNA", "lost_DNA_chance", "lost_Actin", "lost_Actin_chance")
    }
    assert (folder / "models" / "joint" / "model.safetensors").stat().st_mtime_ns == before
    contents = RunContents.read(folder)
    rows = contents.explanations[NAME]["joint"].rows
    assert set(rows["moa"]) == {"m1", "m2"}
    assert Results.read(folder).explanations == made.explanations
    assert made.scores == Results.read(folder).scores

    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(ChannelKnockOut, "__call__", never)
    shutil.rmtree(folder / "explanations")
    assert run(recipe(folder, *SETTINGS), out=folder).explanations == made.explanations


def test_one_whose_code_changed_is_made_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(recipe(folder, *SETTINGS), out=folder)
    said: list[str] = []
    run(recipe(folder, *SETTINGS), out=folder, say=said.append)
    assert said[-1] == f"{folder} is done"
    made: list[str] = []
    true = ChannelKnockOut.__call__

    def noted(self: ChannelKnockOut, subject: Any) -> Any:
        made.append(subject.model)
        return true(self, subject)

    monkeypatch.setattr(ChannelKnockOut, "__call__", noted)
    for room in (source, explaining):
        monkeypatch.setattr(room, "own_code", lambda *_: "another")
    weights = (folder / "models" / "joint" / "model.safetensors").stat().st_mtime_ns
    run(recipe(folder, *SETTINGS), out=folder)
    assert made == ["joint"]
    assert (folder / "models" / "joint" / "model.safetensors").stat().st_mtime_ns == weights


def test_a_damaged_one_is_made_again_and_one_not_asked_for_goes(folder: Path) -> None:
    asked = recipe(folder, *SETTINGS)
    run(asked, out=folder)
    place = RunFolder(folder).explanation(NAME, "joint")
    (place / "rows.parquet").write_bytes(b"x")
    said: list[str] = []
    run(asked, out=folder, say=said.append)
    assert any("will be made again" in line for line in said)
    assert len(RunContents.read(folder).explanations[NAME]["joint"].rows) == 4
    (place / "notes.txt").write_text("of the user")
    table = {k: v for k, v in asked.settings.items() if k != "explanations"}
    again = run(Recipe.from_table(table), out=folder)
    assert again.explanations == {}
    assert "explanations" not in json.loads((folder / "results.json").read_text())
    assert (place / "notes.txt").read_text() == "of the user"  # a folder with it is not ours alone


def test_what_it_refuses_names_it(folder: Path) -> None:
    made = run(recipe(folder, 'explanations.channel_knock_out.same="gene"'), out=folder)
    assert "column 'gene'" in made.failed["explanations.channel_knock_out"]
    assert made.explanations == {}
    assert made.scores
    with pytest.raises(InputError, match="no 'looks' in explanations"):
        recipe(folder, "explanations.looks.x=1")


def test_an_encoder_that_cannot_be_explained_is_refused_before_anything_is_made(
    tiny: Path, tmp_path: Path
) -> None:
    changes = ['design="per_channel"', 'explanations.channel_knock_out.same="moa"']
    with pytest.raises(InputError, match=r"explanations.channel_knock_out.*sees one channel"):
        run(Recipe.load(tiny, changes), tiny.parent, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_fault_in_one_loses_no_score(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(ChannelKnockOut, "__call__", fails)
    before = Results.read(folder).scores
    made = run(recipe(folder, *SETTINGS), out=folder)
    assert "memory" in made.failed["explanations.channel_knock_out"].lower()
    assert Results.read(folder).scores == before
    assert (folder / "report.html").is_file()

    def wrong(*_: Any) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(ChannelKnockOut, "__call__", wrong)
    made = run(recipe(folder, *SETTINGS), out=folder)
    why = made.failed["explanations.channel_knock_out"]
    assert "phenolens itself failed (KeyError: 'lost')" in why
    Path(why.rpartition(" ")[2]).unlink()  # the trace


def test_a_model_that_fails_is_named_and_loses_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(_: Any, __: Any, name: str, model: str) -> dict[str, Any]:
        if model == "Actin":
            raise InputError("is dark")
        return {"figures": {name: 1.0}}

    monkeypatch.setattr(explaining, "_one", one)
    said: list[str] = []
    wanted = SimpleNamespace(explanations={"typical_cells": None, "neighbours": None})
    job: Any = SimpleNamespace(recipe=wanted, folder=RunFolder(tmp_path), say=said.append)
    models: Any = SimpleNamespace(
        embeddings={"DNA": None, "Actin": None, "Tubulin": None}, trained={}
    )
    found, failed = explaining.explain(job, models)
    assert {name: list(of) for name, of in found.items()} == {
        "typical_cells": ["DNA", "Tubulin"],
        "neighbours": ["DNA", "Tubulin"],
    }
    assert failed == {
        "explanations.typical_cells of Actin": "is dark",
        "explanations.neighbours of Actin": "is dark",
    }
    assert "neighbours of Actin could not be made: is dark" in said


def test_what_was_stopped_says_how_it_is_completed(folder: Path) -> None:
    (folder / "results.json").unlink()  # as a kill leaves it
    with pytest.raises(InputError, match=r"phenolens run .*recipe.toml --out"):
        Results.read(folder)
    again = run(Recipe.load(folder / "recipe.toml"), out=folder)
    assert again.scores


def test_an_entry_of_another_form_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(ChannelKnockOut, "__call__", lambda *_: None)
        why = run(recipe(folder, *SETTINGS), out=folder).failed["explanations.channel_knock_out"]
    assert "returned NoneType, and an explanation returns an Explanation" in why
    monkeypatch.delattr(ChannelKnockOut, "needs_images")
    with pytest.raises(InputError, match="does not say whether it needs images; add to its class"):
        recipe(folder, *SETTINGS)


def test_data_that_are_not_here_are_asked_for_by_their_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"folder is empty; data .* name theirs with --root"):
        run("real_cells_bbbc021")
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match="folder is empty") as caught:
        run("real_cells_bbbc021", root="data")
    assert "--root" not in str(caught.value)
