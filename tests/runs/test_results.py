"""Results are written once everything is there, and read back as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results, now, versions
from phenolens.runs.stages import version


def test_results_round_trip(tiny: Path, tmp_path: Path) -> None:
    scores = {"nsc": Score("nsc", 0.5, hits=1, n=2).summary()}
    results = Results("tiny", scores, {"untrained": scores}, {"seconds": 1.5}, ("a", "b"), tmp_path)
    with pytest.raises(InputError, match="no finished run"):
        Results.read(tmp_path)
    recipe = Recipe.load(tiny)
    results.write(recipe, "then", {"images": 3})
    assert Results.read(tmp_path) == results
    content = json.loads((tmp_path / "results.json").read_text())
    assert content["scores"]["nsc"]["null"] is None  # NaN is no JSON
    assert content["version"] == version()
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    assert provenance["started"] == "then"
    assert provenance["data"] == {"images": 3}
    assert provenance["recipe_hash"] == recipe.identity
    assert provenance["stages"] == {}
    assert set(versions()) == set(provenance["versions"])
    assert "failed" not in content
    assert results.not_computed == ""
    assert results.table() == [("tiny", "nsc", scores["nsc"]), ("untrained", "nsc", scores["nsc"])]


def test_what_could_not_be_computed_comes_back_with_its_reason(tiny: Path, tmp_path: Path) -> None:
    failed = {"dose_order": "needs 3 doses", "nscb": "needs a batch"}
    results = Results("tiny", {}, {}, {}, (), tmp_path, failed)
    results.write(Recipe.load(tiny), "then", {})
    assert Results.read(tmp_path) == results
    assert results.not_computed == (
        "dose_order could not be computed: needs 3 doses; nscb could not be computed: needs a batch"
    )


def test_time_is_utc_to_the_second() -> None:
    assert now().endswith("+00:00")
    assert "." not in now()


@pytest.mark.parametrize("text", ["{nonsense", "{}", "[]"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(InputError, match=r"results.json: is damaged: .*; give the same run again"):
        Results.read(tmp_path)
