"""The folder belongs to one recipe; what may change late is told from what may not."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.runs.folder import (
    Folder,
    Results,
    now,
    training_identity,
    version,
    versions,
    write_json,
    write_scores,
    write_text,
)
from phenolens.runs.recipe import Recipe


def test_a_folder_is_begun_once_and_done_with_its_results(tiny: Path, tmp_path: Path) -> None:
    folder, recipe = Folder(tmp_path / "run"), Recipe.load(tiny)
    assert not folder.begin(recipe)
    assert not folder.begin(recipe)  # begun, not done
    folder.results.write_text("{}")
    assert folder.begin(recipe)
    late = Recipe.load(tiny, ["metrics.nsc.seed=7", "name=other", "baselines=[]"])
    assert not folder.begin(late)
    assert not folder.results.exists()  # they were of the other metrics
    with pytest.raises(InputError, match=r"\(encoder, seed differ\)"):
        folder.begin(Recipe.load(tiny, ["encoder.depth=2", "seed=4"]))


def test_identity_is_of_all_that_shapes_a_training(tiny: Path) -> None:
    first = training_identity(Recipe.load(tiny), "joint")
    late = Recipe.load(tiny, ["metrics.nsc.seed=7", "name=other", "profiling=[]"])
    assert training_identity(late, "joint") == first
    for change in ("training.lr=0.1", "seed=1", "encoder.depth=2", "screen.seed=2", "weights=x"):
        assert training_identity(Recipe.load(tiny, [change]), "joint") != first
    assert training_identity(Recipe.load(tiny), "DNA") != first


def test_results_round_trip(tiny: Path, tmp_path: Path) -> None:
    scores = {"nsc": Score("nsc", 0.5, hits=1, n=2).summary()}
    results = Results("tiny", scores, {"untrained": scores}, {"seconds": 1.5}, ("a", "b"), tmp_path)
    results.write(Recipe.load(tiny), "then", {"images": 3})
    assert Results.read(tmp_path) == results
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["scores"]["nsc"]["null"] is None  # NaN is no JSON
    assert found["version"] == version()
    told = json.loads((tmp_path / "provenance.json").read_text())
    assert told["started"] == "then"
    assert told["data"] == {"images": 3}
    assert set(versions()) == set(told["versions"])
    assert results.table() == [("tiny", "nsc", scores["nsc"]), ("untrained", "nsc", scores["nsc"])]


def test_scores_of_an_earlier_recipe_go(tmp_path: Path) -> None:
    rows = pd.DataFrame({"value": [1.0]})
    write_scores(tmp_path, {"old": Score("old", 1.0, rows=rows)})
    write_scores(tmp_path, {"new": Score("new", 1.0, rows=rows)})
    assert [path.name for path in (tmp_path / "scores").iterdir()] == ["new.parquet"]


def test_text_is_written_beside_then_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"path": tmp_path})
    assert json.loads(path.read_text()) == {"path": str(tmp_path)}

    def broken(self: Path, *_: object, **__: object) -> int:
        raise OSError(self)

    monkeypatch.setattr(Path, "write_text", broken)
    with pytest.raises(OSError, match=r"a\.json\.part"):
        write_text(path, "half")
    assert json.loads(path.read_text()) == {"path": str(tmp_path)}


def test_time_is_utc_to_the_second() -> None:
    assert now().endswith("+00:00")
    assert "." not in now()
