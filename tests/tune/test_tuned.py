"""What was found, as a chain that is read back, as JSON and as text."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from phenolens.chains.chain import Tables, read_chain
from phenolens.core.score import Score
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.standardize import Standardize
from phenolens.runs.recipe import Recipe
from phenolens.tune.tuned import Tuned

SCORE = Score(name="replicate_retrieval", value=0.5, low=0.25, high=0.75, n=12)
NSC = Score(name="nsc", value=0.25, low=0.1, high=0.5, hits=3, n=12, rows=pd.DataFrame())
GAP = {"value": 0.1, "low": -0.05, "high": 0.2, "n": 12}


def tuned(chain: Tables) -> Tuned:
    return Tuned(
        chain=chain,
        criterion="replicate mAP (another plate)",
        nested=SCORE,
        untuned={"as given": SCORE},
        gains={"as given": GAP},
        mixing={"chosen": 0.9, "as given": math.nan},
        folds=("standardize", "standardize"),
        trials=({"name": "standardize"},),
        labels={"chosen": {"nsc": NSC}, "as given": {"nsc": NSC}},
        label_gains={"as given": {"nsc": GAP}},
        notes=("Position is confounded.",),
        label_notes=("nscb could not be had.",),
        seed=7,
        seen="abc",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "standardize(on=all),aggregate(by=[plate,well])",
        "a(x={y=1},z=[b]),c",
        "pca(components=3)",
    ],
)
def test_the_file_is_read_back_as_the_chain(tmp_path: Path, text: str) -> None:
    chain = read_chain(text)
    path = tuned(chain).save(tmp_path / "deep" / "chain.toml")
    assert read_chain(str(path)) == chain
    assert [p.name for p in path.parent.iterdir()] == ["chain.toml"]


def test_the_file_says_what_the_search_saw_and_no_answer() -> None:
    text = tuned(read_chain("standardize,pca")).to_toml()
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "standardize,pca" in head[0]
    for said in (
        "criterion: replicate mAP (another plate)",
        "chosen among 1 chains; nested by compound, 2 folds:",
        "replicate mAP 0.5000 [0.2500, 0.7500], n = 12",
        "as given: replicate mAP 0.5000",
        "ahead by +0.100 [-0.050, +0.200]",
        "Position is confounded.",
        "seed 7; sha256 of what the search saw: abc",
    ):
        assert any(said in line for line in head), said
    assert "nsc" not in text
    assert text.count("[[profiling]]") == 2


def test_a_recipe_takes_the_file_as_it_is(tmp_path: Path) -> None:
    chain = read_chain("standardize(on=all),aggregate(by=[plate,well])")
    recipe = tmp_path / "mine.toml"
    head = '[profiles]\ntable = "wells.csv"\n[metrics.nsc]\n'
    recipe.write_text(head + tuned(chain).to_toml(), encoding="utf-8")
    assert Recipe.load(recipe).profiling == (Standardize(on="all"), Aggregate())
    assert tuned(chain).steps == Recipe.load(recipe).profiling


def test_figures_as_json_and_text() -> None:
    found = json.loads(json.dumps(tuned(read_chain("standardize")).summary(), allow_nan=False))
    assert found["chain"] == [{"step": "standardize"}]
    assert found["name"] == "standardize"
    assert found["mixing"] == {"chosen": 0.9, "as given": None}
    assert found["nested"]["value"] == 0.5
    assert found["labels"]["as given"]["nsc"]["hits"] == 3
    assert found["label_gains"]["as given"]["nsc"]["value"] == 0.1
    assert found["notes"] == ["Position is confounded.", "nscb could not be had."]
    said = str(tuned(()))
    assert said.startswith("chosen: as given\n")
    assert "mixing of the controls (1: as one batch): chosen 0.900\n" in said
    assert "as given (3/12)" in said
    assert said.endswith("Position is confounded.\nnscb could not be had.")
