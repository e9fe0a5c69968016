"""A score is computed once and comes back from its files to the last bit."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.core.score import Score
from phenolens.metrics.nsc import Nsc
from phenolens.runs.cache import Cache
from phenolens.runs.forget import forget_scores
from phenolens.runs.job import Job
from phenolens.runs.learned import Embeddings
from phenolens.runs.profile import Profiled
from phenolens.runs.recipe import Recipe
from phenolens.runs.score import keep_scores, load_score, save_score, score


def profiles() -> Profiles:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"compound": [f"c{i}" for i in range(12)], "moa": list("aabbcc") * 2})
    return Profiles(meta=meta, features=rng.normal(size=(12, 3)))


@pytest.mark.usefixtures("unchecked")  # numpy's numbers are not what is annotated
def test_a_score_comes_back_equal(tmp_path: Path) -> None:
    rows = pd.DataFrame({"value": [0.1, 0.2], "name": ["a", None]}, index=[4, 7])
    figures = {"x": np.float64(0.1), "none": math.nan}
    made = Score("nsc", 0.1 + 0.2, low=0.1, hits=np.int64(3), n=2, rows=rows, figures=figures)  # type: ignore[arg-type]
    save_score(made, tmp_path)
    back = load_score(tmp_path)
    assert back.value == 0.1 + 0.2
    assert math.isnan(back.null)
    assert back.summary() == made.summary()
    pd.testing.assert_frame_equal(back.rows, rows)
    with pytest.raises(TypeError, match="a score holds set"):
        save_score(Score("nsc", 1.0, figures={"x": {1}}), tmp_path)  # type: ignore[dict-item]


def job_of(cache: Cache, folder: Path, **metrics: dict[str, object]) -> Job:
    recipe = Recipe.from_table({"profiles": {"table": "x.csv"}, "metrics": metrics})
    return Job(recipe, RunFolder(folder), cache, Machine(), silent, {})


def test_a_metric_with_other_settings_alone_is_computed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, calls = Nsc.__call__, list[int]()

    def counted(self: Nsc, given: Profiles) -> Score:
        calls.append(self.seed)
        return true(self, given)

    monkeypatch.setattr(Nsc, "__call__", counted)
    source = {"table": Embeddings("key", profiles)}
    with Cache(tmp_path / "cache") as cache:
        job = job_of(cache, tmp_path / "run", nsc={}, other={"metric": "nsc", "seed": 1})
        profiled = Profiled(job, source)
        first, _ = score(job, profiled)
        keep_scores(job, profiled, first, job.folder.score)
        keep_scores(job, profiled, first, partial(job.folder.baseline_score, "plain"))
        assert job.folder.score_names() == ["nsc", "other"]
        assert calls == [0, 1]
        metrics: dict[str, dict[str, object]] = {"renamed": {}, "new": {"seed": 2}}
        again = job_of(
            cache, tmp_path / "run", **{k: {"metric": "nsc", **v} for k, v in metrics.items()}
        )
        second, _ = score(again, Profiled(again, source))
        forget_scores(again.folder, again.recipe.metrics, ["plain"])
        keep_scores(again, Profiled(again, source), second, again.folder.score)
        assert not list(again.folder.baseline_scores.rglob("*.parquet"))
    assert calls == [0, 1, 2]
    assert second["renamed"].summary() == first["nsc"].summary()
    assert again.folder.score_names() == ["new", "renamed"]
    direct = true(Nsc(), profiled.load(0))
    assert first["nsc"].summary() == direct.summary()
    pd.testing.assert_frame_equal(first["nsc"].rows, direct.rows)


class Broken:
    """A metric of somebody else."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, _: Profiles) -> Score:
        raise self.error


def test_a_metric_of_somebody_else_that_fails_is_named_and_one_of_ours_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = {"table": Embeddings("key", profiles)}
    with Cache(tmp_path / "cache") as cache:
        job = job_of(cache, tmp_path / "run", nsc={}, theirs={"metric": "nsc", "seed": 3})

        def scored(error: Exception) -> tuple[dict[str, Score], dict[str, str]]:
            metrics: dict[str, Any] = {**job.recipe.metrics, "theirs": Broken(error)}
            changed = replace(job, recipe=replace(job.recipe, metrics=metrics))
            return score(changed, Profiled(changed, source))

        found, failed = scored(KeyError("depth"))
        assert list(found) == ["nsc"]
        assert "the metric failed: KeyError: 'depth'" in failed["theirs"]
        assert failed["theirs"].startswith(Broken.__module__)
        with pytest.raises(OSError, match="no room"):  # nothing that the metric did
            scored(OSError(28, "no room"))
        monkeypatch.setattr(Broken, "__module__", "phenolens.metrics.broken")
        with pytest.raises(KeyError):
            scored(KeyError("depth"))
