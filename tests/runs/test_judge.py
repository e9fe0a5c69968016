"""The result next to its baselines: by how much it exceeds each, and what cannot be scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.core.score import Score
from phenolens.runs.cache import Cache
from phenolens.runs.job import Job
from phenolens.runs.judge import ahead, judge
from phenolens.runs.learned import Embeddings, Learned
from phenolens.runs.recipe import Recipe


def embeddings(key: str, scale: float) -> Embeddings:
    """Return 12 compounds of 3 mechanisms, the more scattered the larger the scale; 0: all zero."""
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"compound": [f"c{i}" for i in range(12)], "moa": list("aabbcc") * 2})
    features = np.eye(3)[pd.factorize(meta["moa"])[0]] + scale * rng.normal(size=(12, 3))
    return Embeddings(key, lambda: Profiles(meta=meta, features=features * bool(scale)))


def test_baselines_are_scored_alike_and_what_cannot_be_is_noted(tmp_path: Path) -> None:
    recipe = Recipe.from_table({"profiles": {"table": "x.csv"}, "metrics": {"nsc": {}}})
    said: list[str] = []
    learned = Learned(
        embeddings={"joint": embeddings("good", 0.01)},
        baselines={
            "noisy": {"all": embeddings("noisy", 3.0)},
            "cell count": {"all": embeddings("zero", 0.0)},
        },
        notes=("first",),
    )
    with Cache(tmp_path / "cache") as cache:
        folder = RunFolder(tmp_path / "run")
        job = Job(recipe, folder, cache, Machine(), said.append, {})
        found = judge(job, learned)
    scores, baselines, notes = found.scores, found.baselines, found.notes
    assert found.failed == {}
    assert scores["nsc"]["hits"] == 12
    assert found.explanations == {}
    assert set(baselines) == {"noisy"}
    gap = 1 - baselines["noisy"]["nsc"]["value"]
    assert baselines["noisy"]["nsc"]["ahead"]["value"] == pytest.approx(gap)
    assert notes[0] == "first"
    assert notes[1].startswith("Baseline cell count could not be scored by nsc: every feature of")
    assert said[0].startswith("nsc 1.000 (12/12)")
    assert said[1].startswith("baseline noisy: nsc 0.")
    assert folder.profiles.exists()
    assert folder.score_names() == ["nsc"]


def test_a_metric_that_cannot_be_computed_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    """There is no batch: nscb has no score, nsc has the one that it has alone."""
    metrics: dict[str, dict[str, object]] = {"nscb": {}, "nsc": {}}
    recipe = Recipe.from_table({"profiles": {"table": "x.csv"}, "metrics": metrics})
    said: list[str] = []
    learned = Learned(
        embeddings={"joint": embeddings("good", 0.01)},
        baselines={"noisy": {"all": embeddings("noisy", 3.0)}},
    )
    with Cache(tmp_path / "cache") as cache:
        folder = RunFolder(tmp_path / "run")
        found = judge(Job(recipe, folder, cache, Machine(), said.append, {}), learned)
    assert found.scores["nsc"]["hits"] == 12
    assert list(found.scores) == list(found.baselines["noisy"]) == ["nsc"]
    assert found.failed["nscb"].startswith("nscb needs a column 'batch'; ")
    assert found.notes == ()  # nscb is not tried on the baseline: it has nothing to exceed
    assert any(line.startswith("nscb could not be computed: nscb needs") for line in said)
    assert folder.score_names() == ["nsc"]


def test_scores_whose_rows_do_not_match_are_not_compared() -> None:
    rows = pd.DataFrame({"value": [1.0]})
    assert ahead(Score("nsc", 1.0, rows=rows), Score("nsc", 1.0, rows=rows), 0) is None
