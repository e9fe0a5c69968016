"""Steps are applied once to each model's embeddings, and kept after as many as metrics ask for."""

from __future__ import annotations

from collections.abc import Iterator
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
from phenolens.profiling.aggregate import Aggregate
from phenolens.runs.cache import Cache
from phenolens.runs.job import Job
from phenolens.runs.learned import Embeddings
from phenolens.runs.profile import Profiled
from phenolens.runs.recipe import Recipe

TABLE: dict[str, Any] = {
    "profiles": {"table": "x.csv"},
    "profiling": [{"step": "aggregate", "by": ["compound"]}],
    "metrics": {"nsc": {}, "wells": {"metric": "nsc", "before": "aggregate"}},
}


def embeddings(seed: int) -> Embeddings:
    rng = np.random.default_rng(seed)
    meta = pd.DataFrame({"compound": list("aabbcc"), "moa": list("xxyyxx")})
    made = Profiles(meta=meta, features=rng.normal(size=(6, 2)))
    return Embeddings(f"key{seed}", lambda: made)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    """Return a cache."""
    with Cache(tmp_path / "cache") as opened:
        yield opened


def job_of(cache: Cache, tmp_path: Path, **changes: Any) -> Job:
    recipe = Recipe.from_table({**TABLE, **changes})
    return Job(recipe, RunFolder(tmp_path / "run"), cache, Machine(), silent, {})


def test_models_are_put_side_by_side_after_their_steps(cache: Cache, tmp_path: Path) -> None:
    profiled = Profiled(job_of(cache, tmp_path), {"DNA": embeddings(0), "Actin": embeddings(1)})
    profiles = profiled.load(1)
    assert profiles.features.shape == (3, 4)
    assert profiles.names[0].startswith("DNA_")
    alone = Aggregate(by=("compound",))(embeddings(1).load())
    assert np.array_equal(profiles.features[:, 2:], alone.features)
    assert len(profiled.load(0)) == 6
    profiled.keep()
    kept = Profiles.load(tmp_path / "run" / "profiles.parquet")
    assert np.array_equal(kept.features, profiles.features)


def test_the_steps_run_once_whoever_asks(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Profiled(job_of(cache, tmp_path), {"joint": embeddings(0)}).load(1)
    monkeypatch.setattr(Aggregate, "__call__", lambda *_: pytest.fail("was applied before"))
    again = Profiled(job_of(cache, tmp_path), {"joint": embeddings(0)})
    assert len(again.load(1)) == 3


def test_keys_are_of_embeddings_and_of_the_steps_so_far(cache: Cache, tmp_path: Path) -> None:
    first = Profiled(job_of(cache, tmp_path), {"joint": embeddings(0)})
    steps = [{"step": "aggregate", "by": ["compound"], "how": "median"}]
    other = Profiled(job_of(cache, tmp_path, profiling=steps), {"joint": embeddings(0)})
    assert first.key(0) == other.key(0)
    assert first.key(1) != other.key(1)
    assert first.key(0) != Profiled(job_of(cache, tmp_path), {"joint": embeddings(1)}).key(0)
    without = job_of(cache, tmp_path, metrics={"nsc": {}})
    assert first.key(1) == Profiled(without, {"joint": embeddings(0)}).key(1)


def test_what_a_step_left_out_is_said_once(cache: Cache, tmp_path: Path) -> None:
    chain = [{"step": "aggregate", "by": ["compound"], "incomplete": "drop_blank"}]
    given = {}
    for k in range(2):
        made = embeddings(k).load()
        made.features[1] = np.nan
        given[f"model{k}"] = Embeddings(f"blank{k}", partial(replace, made))
    profiled = Profiled(job_of(cache, tmp_path, profiling=chain), given)
    (note,) = profiled.notes()
    assert note.startswith("aggregate: 1 of 6 rows with missing features left out: compound a")
    assert Profiled(job_of(cache, tmp_path), {"DNA": embeddings(0)}).notes() == ()
