"""Our own files are not trusted: what is damaged is named in one line, and made again."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.safety.runs_kit import command, contents, recipe, save_wells

from phenolens.runs import fitting
from phenolens.runs import train as training
from phenolens.runs.cache import CACHE
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run

# Of a finished run; what is in no stage is made again from the stages.
FILES = (
    "results.json",
    "provenance.json",
    "stages.json",
    "recipe.toml",
    "profiles.parquet",
    "scores/nsc.parquet",
)
IMAGES = (
    "models/joint/config.json",
    "models/joint/model.safetensors",
    "models/joint/training.json",
    "logs/joint.csv",
    "logs/joint.json",
    "embeddings/joint.parquet",
    "baselines/intensity/models.json",
    "baselines/intensity/all.parquet",
    "examples.npz",
    "examples.parquet",
)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    """Of the same size."""
    path.write_bytes(b"\xff" * path.stat().st_size)


def keys(path: Path) -> None:
    path.write_text('{"other": 1}')


HOW = (empty, cut, garbage, keys)


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a finished run over a table."""
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile
    monkeypatch.setattr(sys, "argv", ["phenolens"])
    root = save_wells(tmp_path / "wells.parquet").parent
    run(recipe(), root, tmp_path / "out")
    return tmp_path / "out"


def timeless(folder: Path) -> dict[str, object]:
    """Return the files of a run without those that hold times, but for the scores."""
    held: dict[str, object] = dict(contents(folder))
    timed = ("results.json", "provenance.json", "stages.json", "report.html")
    found = json.loads((folder / "results.json").read_text())
    return {k: v for k, v in held.items() if k not in timed} | {"scores": found["scores"]}


@pytest.mark.parametrize("how", HOW, ids=lambda how: how.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_of_a_run_is_named_and_made_again(
    done: Path, name: str, how: Callable[[Path], None]
) -> None:
    before = timeless(done)
    how(done / name)
    said: list[str] = []
    run(recipe(), done.parent, done, said.append)
    assert [line for line in said if str(done / name) in line and "it will be made again" in line]
    assert timeless(done) == before
    said.clear()
    run(recipe(), done.parent, done, said.append)
    assert said == [f"{done} is done"]


@pytest.mark.parametrize("how", HOW, ids=lambda how: how.__name__)
def test_every_file_of_a_learned_run_is_made_again(
    tiny: Path,
    finished: Path,
    tmp_path: Path,
    how: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of them at once, from the cache: nothing is trained again."""
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setattr(fitting, "fit", lambda *_: pytest.fail("the cache holds the model"))
    folder, said = tmp_path / "run", list[str]()
    shutil.copytree(finished, folder)
    before = timeless(folder)
    for name in IMAGES:
        how(folder / name)
    run(tiny, out=folder, say=said.append, cache=finished.parent / CACHE)
    assert sum("it will be made again" in line for line in said) >= 5  # one for each stage
    assert not [line for line in said if "Traceback" in line or "copy or export" in line]
    assert timeless(folder) == before


@pytest.mark.parametrize("how", HOW, ids=lambda how: how.__name__)
@pytest.mark.parametrize("name", ["stage.json", "score.json", "rows.parquet", "after_2.parquet"])
def test_a_damaged_file_of_the_cache_is_named_and_made_again(
    done: Path, name: str, how: Callable[[Path], None], tmp_path: Path
) -> None:
    (*_, path) = sorted((tmp_path / CACHE).rglob(name))
    how(path)
    shutil.copytree(done, tmp_path / "copy")
    said: list[str] = []
    run(recipe(), done.parent, tmp_path / "other", said.append)
    damaged = [line for line in said if "it will be made again" in line]
    assert [line.partition(": ")[0] for line in damaged] == [str(path)]
    assert timeless(tmp_path / "other") == timeless(done)


@pytest.mark.parametrize("how", [cut, garbage, keys], ids=lambda how: how.__name__)
@pytest.mark.parametrize("name", ["results.json", "recipe.toml"])
def test_the_report_of_a_damaged_run_is_one_line(
    done: Path, name: str, how: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    how(done / name)
    assert command("report", done) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert f"error: {done / name}: is " in err


@pytest.mark.parametrize("how", [empty, cut], ids=lambda how: how.__name__)
def test_a_page_that_was_cut_off_is_written_again(done: Path, how: Callable[[Path], None]) -> None:
    how(done / "report.html")
    run(recipe(), done.parent, done)
    assert (done / "report.html").read_text().rstrip().endswith("</html>")


def test_a_damaged_checkpoint_is_one_line_of_our_own(
    tiny: Path,
    finished: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Torch's advice, to load with `weights_only=False`, would run the file's code."""
    monkeypatch.setitem(sys.modules, "umap", None)
    learned = Recipe.load(tiny, ["baselines=[]"])
    cache = tmp_path / CACHE
    shutil.copytree(finished.parent / CACHE, cache)
    shutil.rmtree(cache / "train")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            run(learned, out=tmp_path / "run")
    (checkpoint,) = cache.rglob("checkpoint.pt")
    checkpoint.write_bytes(b"garbage")
    run(learned, out=tmp_path / "run")
    (line,) = [line for line in caplog.messages if "checkpoint.pt" in line]
    assert "is damaged" in line
    assert line.endswith("the training begins again")
    assert "weights_only" not in line
    assert not list(cache.rglob("checkpoint.pt"))
