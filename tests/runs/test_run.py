"""A run ends with every file in its folder, resumes from any kill, and never trains twice."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.embedding.embed import embed
from phenolens.encoders import weights
from phenolens.runs import learn as learning
from phenolens.runs import run as running
from phenolens.runs.folder import Results
from phenolens.runs.recipe import Recipe, find_recipe
from phenolens.runs.run import run

KEYS = {"value", "hits", "n", "low", "high", "null", "null_high", "p", "notes"}


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a finished run to be written into."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file with its time and its bytes."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def never(*_: Any, **__: Any) -> Any:
    raise AssertionError("this stage was finished before")


def test_results_hold_what_readers_count_on(finished: Path) -> None:
    found = json.loads((finished / "results.json").read_text(encoding="utf-8"))
    assert set(found) == {"recipe", "seed", "version", "scores", "baselines", "cost", "notes"}
    score = found["scores"]["nsc"]
    assert set(score) == KEYS
    assert score["n"] == 10
    assert score["value"] == pytest.approx(score["hits"] / 10)
    assert 0 <= score["low"] <= score["value"] <= score["high"] <= 1
    assert 0 < score["null"] < 1
    assert set(found["baselines"]) == {"untrained encoder", "intensity statistics"}
    for scores in found["baselines"].values():
        assert set(scores["nsc"]) == KEYS | {"ahead"}
        gap = score["value"] - scores["nsc"]["value"]
        assert scores["nsc"]["ahead"]["value"] == pytest.approx(gap)
    assert found["notes"][0].startswith("20 images paired by same compound: 0 without a partner")
    # The tiny screen shows no nuclei: that is said, and costs nothing else.
    assert found["notes"][1].startswith("Baseline cell count could not be scored: every feature")
    assert found["cost"]["steps"] == 4
    assert found["cost"]["train_seconds"] > 0
    assert Results.read(finished).scores["nsc"] == score


def test_the_folder_holds_every_stage(finished: Path) -> None:
    names = set(contents(finished))
    assert names == {
        "recipe.toml",
        "results.json",
        "provenance.json",
        "profiles.parquet",
        "scores/nsc.parquet",
        "examples.npz",
        "examples.parquet",
        "logs/joint.csv",
        "logs/joint.json",
        "models/joint/config.json",
        "models/joint/model.safetensors",
        "models/joint/training.json",
        *(f"store/{n}" for n in ("limits.parquet", "meta.parquet", "pixels.npy", "store.json")),
        *(f"embeddings/{n}.parquet" for n in ("joint", "untrained_joint", "intensity")),
        "embeddings/cell_count.parquet",
    }
    provenance = json.loads((finished / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["recipe_hash"] == Recipe.load(finished / "recipe.toml").identity
    assert provenance["data"]["images"] == 24
    assert provenance["versions"]["torch"] == torch.__version__
    embeddings = Profiles.load(finished / "embeddings" / "joint.parquet")
    assert embeddings.features.shape == (24 * 4, 192)
    rows = pd.read_parquet(finished / "scores" / "nsc.parquet")
    score = Results.read(finished).scores["nsc"]
    assert rows["value"].mean() == pytest.approx(score["value"])


def test_training_changed_the_encoder(finished: Path) -> None:
    trained, untrained = (
        Profiles.load(finished / "embeddings" / f"{name}.parquet").features
        for name in ("joint", "untrained_joint")
    )
    assert np.abs(trained - untrained).max() > 0.01


def test_a_second_run_says_done_and_touches_nothing(tiny: Path, folder: Path) -> None:
    before, said = contents(folder), list[str]()
    results = run(tiny, out=folder, say=said.append)
    assert said == [f"{folder} is done"]
    assert contents(folder) == before
    assert results == Results.read(folder)


def test_steps_and_metrics_may_change_without_training_again(
    tiny: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in ("fit", "embed", "intensity_profiles", "cell_count_profiles"):
        monkeypatch.setattr(learning, stage, never)
    before = {k: v for k, v in contents(folder).items() if not k.startswith(("scores", "pro"))}
    recipe = Recipe.load(
        tiny, ["profiling.0.how=median", 'metrics={other={metric="nsc", same="batch"}}']
    )
    results = run(recipe, out=folder)
    assert set(results.scores) == {"other"}
    assert [path.name for path in (folder / "scores").iterdir()] == ["other.parquet"]
    after = contents(folder)
    kept = set(before) - {"recipe.toml", "results.json"}
    assert all(after[name] == before[name] for name in kept)
    assert Recipe.load(folder / "recipe.toml").settings == recipe.settings
    back = run(tiny, out=folder)  # and back again
    assert set(back.scores) == {"nsc"}


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        ("training.epochs=3", "training"),
        ("seed=1", "seed"),
        ("screen.seed=5", "screen"),
        ("embedding.batch_size=3", "embedding"),
        ("views.pairs.include_self=true", "views"),
    ],
)
def test_another_training_is_refused(tiny: Path, folder: Path, change: str, differ: str) -> None:
    before = contents(folder)
    with pytest.raises(InputError, match=rf"another recipe \({differ} differ\); choose another"):
        run(Recipe.load(tiny, [change]), out=folder)
    assert contents(folder) == before


def once(true: Callable[..., Any], after: bool) -> Callable[..., Any]:
    """Return a stage that is killed, before it is done or just after."""

    def killed(*given: Any, **named: Any) -> Any:
        if after:
            true(*given, **named)
        raise KeyboardInterrupt

    return killed


STAGES = [
    (learning, "prepare", True),
    (learning, "fit_limits", False),
    (learning, "fit", False),
    (learning, "fit", True),
    (weights, "save", True),
    (learning, "embed", False),
    (learning, "intensity_profiles", True),
    (running, "write_scores", True),
    (running, "_baselines", True),
]


def test_a_run_killed_after_every_stage_ends_as_if_never(
    tiny: Path, tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    for module, name, after in STAGES:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, once(getattr(module, name), after))
            plain = {
                key: (title, getattr(learning, make.__name__))
                for key, (title, make) in learning.PLAIN_BASELINES.items()
            }
            patch.setattr(learning, "PLAIN_BASELINES", plain)
            with pytest.raises(KeyboardInterrupt):
                run(tiny, out=folder)
        assert not (folder / "results.json").exists()
        with pytest.raises(InputError, match="no finished run"):
            Results.read(folder)
    run(tiny, out=folder)
    kept = ("models/joint/model.safetensors", "examples.npz", "store/pixels.npy", "recipe.toml")
    for name in kept:
        assert (folder / name).read_bytes() == (finished / name).read_bytes(), name
    for name in ("profiles", "embeddings/joint", "embeddings/intensity"):
        one, two = (Profiles.load(f / f"{name}.parquet") for f in (folder, finished))
        assert np.array_equal(one.features, two.features)
        pd.testing.assert_frame_equal(one.meta, two.meta)
    assert Results.read(folder).scores == Results.read(finished).scores
    assert Results.read(folder).baselines == Results.read(finished).baselines
    assert Results.read(folder).notes == Results.read(finished).notes
    assert not list(folder.rglob("*.part"))
    assert not list((folder / "checkpoints").iterdir())


def test_one_model_a_channel_is_put_side_by_side_even_when_killed_between(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [
        "design=per_channel",
        "screen.blank=true",  # a missing cell reads otherwise from a file than in memory
        'baselines=["untrained"]',
        "training.epochs=1",
        "profiling=[]",
        'metrics={nsc={same="batch"}}',
    ]
    recipe = Recipe.load(tiny, changes)
    true, done = embed, list[str]()

    def second_killed(encoder: Any, *given: Any, **named: Any) -> Any:
        done.append(str(given[0].channels))
        if len(done) == 2:
            raise KeyboardInterrupt
        return true(encoder, *given, **named)

    monkeypatch.setattr(learning, "embed", second_killed)
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(recipe, out=folder)
    run(recipe, out=folder)
    assert done[:3] == ["('DNA',)", "('Actin',)", "('Actin',)"]
    profiles = Profiles.load(folder / "profiles.parquet")
    assert profiles.features.shape == (24 * 4, 2 * 192)
    assert (profiles.names[0], profiles.names[-1]) == ("DNA_f0000", "Actin_f0191")
    parts = [Profiles.load(folder / "embeddings" / f"{c}.parquet") for c in ("DNA", "Actin")]
    assert np.array_equal(profiles.features, np.concatenate([p.features for p in parts], axis=1))
    assert {path.name for path in (folder / "models").iterdir()} == {"DNA", "Actin"}
    assert not np.array_equal(parts[0].features, parts[1].features)


def test_a_table_needs_no_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"compound": [f"c{i}" for i in range(12)], "moa": list("aabbcc") * 2})
    features = np.eye(3)[pd.factorize(meta["moa"])[0]] + 0.01 * rng.normal(size=(12, 3))
    Profiles(meta=meta, features=features).save(tmp_path / "data" / "profiles.parquet")
    recipe = Recipe.from_table(
        {"name": "mine", "profiles": {"table": "profiles.parquet"}, "metrics": {"nsc": {}}}
    )
    said: list[str] = []
    results = run(recipe, tmp_path / "data", tmp_path / "run", said.append)
    assert results.scores["nsc"]["value"] == 1
    assert results.scores["nsc"]["hits"] == 12
    assert said[0] == "12 profiles of 3 features"
    assert results.baselines == {}
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "recipe.toml",
        "results.json",
        "provenance.json",
        "profiles.parquet",
        "scores",
    }


def test_a_metric_may_be_measured_on_the_wells_and_moved_later(tmp_path: Path) -> None:
    """Six wells a treatment, in two channels' models or one: retrieval asks for wells."""
    rng = np.random.default_rng(0)
    compound = np.repeat([f"c{i}" for i in range(6)], 6)
    meta = pd.DataFrame({"compound": compound, "moa": [f"m{int(c[1]) % 2}" for c in compound]})
    meta["well"] = [f"A{i:02d}" for i in range(36)]
    Profiles(meta=meta, features=rng.normal(size=(36, 3))).save(tmp_path / "wells.parquet")
    table: dict[str, Any] = {
        "name": "mine",
        "profiles": {"table": "wells.parquet"},
        "profiling": [{"step": "aggregate", "by": ["treatment"]}],
        "metrics": {"nsc": {}, "wells": {"metric": "nsc", "before": "aggregate"}},
    }
    scores = run(Recipe.from_table(table), tmp_path, tmp_path / "run").scores
    assert (scores["nsc"]["n"], scores["wells"]["n"]) == (6, 36)
    assert len(Profiles.load(tmp_path / "run" / "profiles.parquet")) == 6
    assert len(pd.read_parquet(tmp_path / "run" / "scores" / "wells.parquet")) == 36
    del table["metrics"]["wells"]["before"]  # is another scoring, and no other learning
    assert run(Recipe.from_table(table), tmp_path, tmp_path / "run").scores["wells"]["n"] == 6


def test_the_folder_is_named_after_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.from_table(
        {"name": "mine", "profiles": {"table": "absent.csv"}, "metrics": {"nsc": {}}}
    )
    with pytest.raises(InputError, match=r"absent.csv: no such file"):
        run(recipe)
    assert (tmp_path / "runs" / "mine" / "recipe.toml").exists()


@pytest.mark.parametrize(
    ("steps", "nsc", "nscb"),
    [(["standardize", "aggregate"], 84, 67), (["aggregate"], 51, 30)],
    ids=["z-score by plate", "unscaled"],
)
def test_the_recipe_on_real_wells_gives_the_known_hits(
    data_dir: Path, tmp_path: Path, steps: list[str], nsc: int, nscb: int
) -> None:
    table = tomllib.loads(find_recipe("cellprofiler_bbbc021").read_text(encoding="utf-8"))
    table["profiling"] = [step for step in table["profiling"] if step["step"] in steps]
    scores = run(Recipe.from_table(table), data_dir, tmp_path / "run").scores
    assert (scores["nsc"]["hits"], scores["nsc"]["n"]) == (nsc, 103)
    assert (scores["nscb"]["hits"], scores["nscb"]["n"]) == (nscb, 92)


def test_the_recipe_of_five_plates_gives_the_known_shares(data_dir: Path, tmp_path: Path) -> None:
    """CPJUMP1, uncorrected: 0.473 of 1,600 wells find their compound, 0.51 of all their plate."""
    scores = run("cellprofiler_cpjump1", data_dir, tmp_path / "run").scores
    assert (scores["same_compound"]["hits"], scores["same_compound"]["n"]) == (757, 1600)
    assert scores["same_compound"]["value"] == pytest.approx(0.473, abs=5e-4)
    assert scores["same_plate"]["n"] == 1920
    assert scores["same_plate"]["value"] == pytest.approx(0.51, abs=5e-3)
    assert scores["nsc"]["n"] == 306
    assert scores["replicate_retrieval"]["n"] == 306


def test_the_recipe_of_a_dosed_plate_gives_the_known_share(data_dir: Path, tmp_path: Path) -> None:
    scores = run("cellprofiler_lincs", data_dir, tmp_path / "run").scores
    assert (scores["same_compound"]["hits"], scores["same_compound"]["n"]) == (148, 360)
    assert scores["same_compound"]["value"] == pytest.approx(0.411, abs=5e-4)
    assert scores["nsc"]["n"] == 342


def test_the_recipe_of_foreign_embeddings_runs(data_dir: Path, tmp_path: Path) -> None:
    """306 compounds by others; what they state is more than chance, and modest."""
    scores = run("embeddings_jump_dino", data_dir, tmp_path / "run").scores
    assert scores["nsc"]["n"] == 306
    assert scores["nsc"]["hits"] == 24  # 26 by id: four compounds stand there twice
    assert scores["nsc"]["null_high"] < scores["nsc"]["value"]
