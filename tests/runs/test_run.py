"""A run ends with every file in its folder, resumes from any kill, and makes no stage twice."""

from __future__ import annotations

import importlib
import json
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.baselines.cell_count import CellCount
from phenolens.baselines.intensity import Intensity
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.embedding.embed import embed
from phenolens.runs import embed as embedding
from phenolens.runs import fitting, pictures
from phenolens.runs import judge as judging
from phenolens.runs import prepare as preparing
from phenolens.runs import train as training
from phenolens.runs.cache import CACHE
from phenolens.runs.recipe import Recipe, find_recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run

KEYS = {"value", "hits", "n", "low", "high", "null", "null_high", "p", "notes"}


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a finished run to be written into, without its cache."""
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


def forbid(patch: pytest.MonkeyPatch, *stages: str) -> None:
    """Let none of these stages be made."""
    makers: dict[str, tuple[Any, str]] = {
        "prepare": (preparing, "prepare"),
        "limits": (pictures, "example_images"),
        "train": (fitting, "fit"),
        "embed": (embedding, "embed"),
        "intensity": (Intensity, "__call__"),
        "cell_count": (CellCount, "__call__"),
    }
    for stage in stages or makers:
        patch.setattr(*makers[stage], never)


def same(one: Path, other: Path) -> None:
    """Check that two runs ended alike, to the last bit."""
    for name in ("models/joint/model.safetensors", "recipe.toml"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    for name in ("profiles", "embeddings/joint", "baselines/intensity/all"):
        first, second = (Profiles.load(f / f"{name}.parquet") for f in (one, other))
        assert np.array_equal(first.features, second.features)
        pd.testing.assert_frame_equal(first.meta, second.meta)
    for key in ("scores", "baselines", "notes"):
        assert getattr(Results.read(one), key) == getattr(Results.read(other), key)
    left = [path for path in one.parent.rglob("*") if ".partial" in path.name]
    assert not left + list(one.parent.rglob("*.work"))


def test_results_hold_what_readers_count_on(finished: Path) -> None:
    found = json.loads((finished / "results.json").read_text(encoding="utf-8"))
    assert set(found) == {
        *("recipe", "recipe_hash", "seed", "version"),
        *("scores", "baselines", "cost", "notes"),
    }
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
    assert found["notes"][0].startswith("20 images paired by same compound. ")
    # The tiny screen shows no nuclei: that is noted, and costs nothing else.
    assert found["notes"][-1].startswith("Baseline cell count could not be scored by nsc: ")
    assert found["cost"]["steps"] == 4
    assert found["cost"]["train_seconds"] > 0
    assert found["cost"]["trained_epochs"] == 2
    assert found["cost"]["found"] == []
    assert found["cost"]["stages_seconds"] >= found["cost"]["train_seconds"]
    assert Results.read(finished).scores["nsc"] == score


def test_the_folder_is_complete_on_its_own(finished: Path) -> None:
    names = set(contents(finished))
    assert names == {
        "recipe.toml",
        "results.json",
        "provenance.json",
        "stages.json",
        "report.html",
        "profiles.parquet",
        "scores/nsc.parquet",
        "examples.npz",
        "examples.parquet",
        "logs/joint.csv",
        "logs/joint.json",
        *(f"models/joint/{n}" for n in ("config.json", "model.safetensors", "training.json")),
        "embeddings/joint.parquet",
        "baselines/untrained/joint.parquet",
        "baselines/intensity/all.parquet",
        "baselines/cell_count/all.parquet",
        *(f"baselines/{n}/models.json" for n in ("untrained", "intensity", "cell_count")),
        *(f"baseline_scores/{n}/nsc.parquet" for n in ("untrained", "intensity")),
    }
    assert not [path for path in finished.rglob("*") if path.is_symlink()]
    assert all(path.stat().st_nlink == 1 for path in finished.rglob("*") if path.is_file())
    cache = str(finished.parent / CACHE)
    assert not [n for n, (_, held) in contents(finished).items() if cache.encode() in held]
    provenance = json.loads((finished / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["recipe_hash"] == Recipe.load(finished / "recipe.toml").identity
    assert provenance["data"]["images"] == 24
    assert provenance["versions"]["torch"] == torch.__version__
    assert len(provenance["stages"]["train models/joint"]) == 16
    embeddings = Profiles.load(finished / "embeddings" / "joint.parquet")
    assert embeddings.features.shape == (24 * 4, 192)
    rows = pd.read_parquet(finished / "scores" / "nsc.parquet")
    score = Results.read(finished).scores["nsc"]
    assert rows["value"].mean() == pytest.approx(score["value"])


def test_training_changed_the_encoder(finished: Path) -> None:
    trained, untrained = (
        Profiles.load(finished / f"{name}.parquet").features
        for name in ("embeddings/joint", "baselines/untrained/joint")
    )
    assert np.abs(trained - untrained).max() > 0.01


def test_a_second_run_says_done_and_touches_nothing(tiny: Path, folder: Path) -> None:
    before, said = contents(folder), list[str]()
    results = run(tiny, out=folder, say=said.append, machine=Machine(threads=5))
    assert said == [f"{folder} is done"]
    assert contents(folder) == before
    assert results == Results.read(folder)
    (folder / "report.html").unlink()
    run(tiny, out=folder)
    assert "<html" in (folder / "report.html").read_text()


def test_late_stages_change_in_the_same_folder_without_the_early_ones_or_the_cache(
    tiny: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid(monkeypatch)
    late = ("scores", "baseline_scores", "pro")
    before = {k: v for k, v in contents(folder).items() if not k.startswith(late)}
    recipe = Recipe.load(
        tiny, ["profiling.0.how=median", 'metrics={other={metric="nsc", same="batch"}}']
    )
    results = run(recipe, out=folder)
    assert set(results.scores) == {"other"}
    assert results.cost["found"] == ["limits", "train", "embed"]  # and profile and score are new
    assert [path.name for path in (folder / "scores").iterdir()] == ["other.parquet"]
    assert {path.name for path in folder.glob("baseline_scores/*/*")} == {"other.parquet"}
    after = contents(folder)
    kept = set(before) - {"recipe.toml", "results.json", "stages.json", "report.html"}
    assert all(after[name] == before[name] for name in kept)
    assert Recipe.load(folder / "recipe.toml").settings == recipe.settings
    back = run(tiny, out=folder)  # and back again
    assert set(back.scores) == {"nsc"}
    assert back.scores == Results.read(folder).scores


def test_other_tiles_embed_anew_and_train_nothing(
    tiny: Path, finished: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid(monkeypatch, "prepare", "train", "intensity", "cell_count")
    recipe = Recipe.load(tiny, ["embedding.tiles={size=16, rows=1, columns=2}"])
    run(recipe, out=folder, cache=finished.parent / CACHE)
    assert len(Profiles.load(folder / "embeddings" / "joint.parquet")) == 24 * 2


def test_another_seed_shares_the_pixels_and_another_folder_all(
    tiny: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = finished.parent / CACHE
    with monkeypatch.context() as patch:
        forbid(patch, "prepare", "limits", "intensity", "cell_count")
        other = run(Recipe.load(tiny, ["seed=1"]), out=tmp_path / "seed", cache=cache)
    models = [f / "models" / "joint" / "model.safetensors" for f in (other.folder, finished)]
    assert models[0].read_bytes() != models[1].read_bytes()
    forbid(monkeypatch)
    run(tiny, out=tmp_path / "copy", cache=cache)
    same(tmp_path / "copy", finished)


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        ("training.epochs=3", "training"),
        ("seed=1", "seed"),
        ("screen.seed=5", "screen"),
        ("views.pairs.include_self=true", "views"),
    ],
)
def test_another_training_is_refused(tiny: Path, folder: Path, change: str, differ: str) -> None:
    before = contents(folder)
    with pytest.raises(InputError, match=rf"another recipe \({differ} differ\); choose another"):
        run(Recipe.load(tiny, [change]), out=folder)
    assert contents(folder) == before


def test_other_data_are_never_done(
    tiny: Path, folder: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same recipe on images of the same names whose pixels differ."""
    layout = importlib.import_module("tiny_layout")
    true = layout.pixels
    monkeypatch.setattr(layout, "pixels", lambda seed, rows: true(seed, rows) + 7)
    before = contents(folder)
    with pytest.raises(InputError, match=r"other data \(fingerprint: \w+ before, \w+ now\); ch"):
        run(tiny, out=folder)
    assert contents(folder) == before
    other = run(tiny, out=tmp_path / "other", cache=finished.parent / CACHE)
    one, two = (
        Profiles.load(f / "embeddings" / "joint.parquet").features for f in (other.folder, finished)
    )
    assert not np.array_equal(one, two)


def test_another_table_under_the_same_name_is_never_done(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"compound": [f"c{i}" for i in range(12)], "moa": list("aabbcc") * 2})
    for root in ("one", "two"):
        features = rng.normal(size=(12, 3))
        Profiles(meta=meta, features=features).save(tmp_path / root / "x.parquet")
    recipe = Recipe.from_table({"profiles": {"table": "x.parquet"}, "metrics": {"nsc": {}}})
    run(recipe, tmp_path / "one", tmp_path / "run")
    said: list[str] = []
    run(recipe, tmp_path / "one", tmp_path / "run", said.append)
    assert said == [f"{tmp_path / 'run'} is done"]
    with pytest.raises(InputError, match=r"other data \(x.parquet: \w+ before, \w+ now\)"):
        run(recipe, tmp_path / "two", tmp_path / "run")


def once(true: Callable[..., Any], after: bool) -> Callable[..., Any]:
    """Return a stage that is killed, before it is done or just after."""

    def killed(*given: Any, **named: Any) -> Any:
        if after:
            true(*given, **named)
        raise KeyboardInterrupt

    return killed


STAGES: list[tuple[Any, str, bool]] = [
    (preparing, "prepare", True),
    (pictures, "example_images", False),
    (fitting, "fit", False),
    (fitting, "fit", True),
    (training, "save", True),
    (embedding, "embed", False),
    (Intensity, "__call__", True),
    (judging, "keep_scores", True),
    (judging, "_compare", True),
]


def test_a_run_killed_after_every_stage_ends_as_if_never(
    tiny: Path, tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "run"
    for place, name, after in STAGES:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, once(getattr(place, name), after))
            with pytest.raises(KeyboardInterrupt):
                run(tiny, out=folder)
        assert not (folder / "results.json").exists()
        with pytest.raises(InputError, match="no finished run"):
            Results.read(folder)
    run(tiny, out=folder)
    same(folder, finished)


# What a process does that is killed: it reads whole chunks, or writes its second checkpoint.
KILLED = {
    "prepare": """
import tiny_layout
true = tiny_layout.pixels
def pixels(seed, rows):
    return os.kill(os.getpid(), 9) if len(rows) > 5 else true(seed, rows)
tiny_layout.pixels = pixels
""",
    "train": """
from phenolens.training import session
true, saved = session.save_checkpoint, []
def save(path, state):
    if saved:
        os.kill(os.getpid(), 9)
    saved.append(true(path, state))
session.save_checkpoint = save
""",
}


def start(tiny: Path, before: str, *changes: str, **places: Path) -> subprocess.Popen[str]:
    """Start a run of the tiny recipe in a process of its own, after some code."""
    code = f"""
import os, sys
sys.modules["umap"] = None
{before}
from pathlib import Path
from phenolens.core.machine import Machine
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run
machine = Machine(checkpoint_every=1, threads=1)
places = {{key: Path(path) for key, path in { ({k: str(v) for k, v in places.items()})!r}.items()}}
run(Recipe.load({str(tiny)!r}, {list(changes)!r}), say=print, machine=machine, **places)
"""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("stage", KILLED)
def test_a_killed_process_is_resumed_to_the_last_bit_on_another_machine(
    tiny: Path, tmp_path: Path, finished: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "run"
    process = start(tiny, KILLED[stage], out=folder)
    _, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, err
    cache = folder.parent / CACHE
    (work,) = (cache / stage).glob("*.work")
    assert (work / ("pixels.npy" if stage == "prepare" else "checkpoint.pt")).exists()
    assert not (folder / "results.json").exists()
    if stage == "train":
        forbid(monkeypatch, "prepare", "limits")
    said: list[str] = []
    machine = Machine(threads=3, checkpoint_every=3, embed_batch_size=32, log_every=4)
    run(tiny, out=folder, say=said.append, machine=machine)
    same(folder, finished)
    with (folder / "logs" / "joint.csv").open() as log:
        steps = [line.split(",", 1)[0] for line in log][1:]
    assert steps[-1] == "3"


COUNTED = """
from phenolens.runs import fitting, prepare
def counted(module, name, log=Path(os.environ["LOG"])):
    true = getattr(module, name)
    def called(*given, **named):
        with log.open("a") as file:
            file.write(name + "\\n")
        return true(*given, **named)
    setattr(module, name, called)
counted(prepare, "prepare")
counted(fitting, "fit")
"""


def test_two_processes_at_once_make_each_stage_once(
    tiny: Path, tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, runs = tmp_path / "log", tmp_path / "runs"
    monkeypatch.setenv("LOG", str(log))
    before = "from pathlib import Path\n" + COUNTED
    processes = [start(tiny, before, out=runs / name) for name in ("one", "two")]
    said = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert sorted(log.read_text().split()) == ["fit", "prepare"]
    for name in ("one", "two"):
        same(runs / name, finished)


def test_one_model_per_channel_is_put_side_by_side_even_when_killed_between(
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

    monkeypatch.setattr(embedding, "embed", second_killed)
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
    assert "<html" in (tmp_path / "run" / "report.html").read_text()
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "recipe.toml",
        "results.json",
        "provenance.json",
        "stages.json",
        "report.html",
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
    assert not (tmp_path / "runs").exists()  # nothing is written before the data are found
    meta = pd.DataFrame({"compound": list("abcd"), "moa": list("xxyy")})
    Profiles(meta=meta, features=np.eye(4, 2) + 1).save(tmp_path / "absent.csv")
    run(recipe)
    assert (tmp_path / "runs" / "mine" / "recipe.toml").exists()
    assert (tmp_path / "runs" / CACHE).is_dir()


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
