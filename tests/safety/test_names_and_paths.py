"""A name in a file never becomes a path; a path in a file never publishes what it leads to."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from phenolens.chains.fitted import FittedChain, fit_chain
from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.formats.origin import sha256_of
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.images.files import ImageFiles
from phenolens.models.card import Card
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run

SECRET = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nCells_b\n"
RECIPE = '[profiles]\ntable = "wells.csv"\n[metrics.nsc]\n'


@pytest.fixture(autouse=True)
def without_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave umap out: it takes seconds to compile."""
    monkeypatch.setitem(sys.modules, "umap", None)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """Return a private file, next to the folder of the work; one of its lines is a feature."""
    path = tmp_path / "private.key"
    path.write_text(SECRET)
    return path


def call(*arguments: object) -> tuple[int, str]:
    """Return the status of a command, and its error or what it printed."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    error = result.exception
    assert error is None or isinstance(error, InputError | SystemExit), repr(error)
    return result.exit_code, str(error) if isinstance(error, InputError) else result.output


NAMES = [
    "../../victim",
    "/tmp/victim",
    "a/b",
    "a\\b",
    ".hidden",
    "..",
    "con",
    "",
    "x" * 200,
    "a\0b",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_or_a_recipe_is_never_a_path(
    place: Path, all_files: Callable[[], set[str]], name: str
) -> None:
    victim = place.parent / "victim.parquet"
    victim.write_text("theirs")
    table = {"profiles": {"table": "wells.csv"}, "metrics": {name: {"metric": "nsc"}}}
    before = all_files()
    with pytest.raises(InputError, match="cannot be the name of a file"):
        Recipe.from_table(table)
    with pytest.raises(InputError, match="cannot be the name of a file"):
        Recipe.from_table({**table, "metrics": {"nsc": {}}, "name": name})
    folder = RunFolder(place / "run")
    for path in (folder.score, folder.log, folder.log_facts, folder.model, folder.embedding):
        with pytest.raises(InputError, match="cannot be the name of a file"):
            path(name)
    with pytest.raises(InputError, match="cannot be the name of a file"):
        folder.baseline(name)
    with pytest.raises(InputError):
        Card(encoder={"name": "vit"}, channels=("DNA",), parts={name: {"name": "projection"}})
    assert all_files() == before
    assert victim.read_text() == "theirs"


def test_two_metrics_are_never_one_file() -> None:
    metrics = {"Nsc": {"metric": "nsc"}, "nsc": {}}
    with pytest.raises(InputError, match="'Nsc' and 'nsc' would be the same file"):
        Recipe.from_table({"profiles": {"table": "wells.csv"}, "metrics": metrics})


@pytest.fixture
def channels(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what gives the channels of the tiny screen other names."""
    del tiny
    layout = importlib.import_module("tiny_layout")
    return lambda *names: monkeypatch.setattr(layout, "CHANNELS", names)


@pytest.mark.parametrize("names", [("../../escaped", "B"), ("488/561", "B"), ("DNA", "dna")])
def test_a_channel_that_names_files_is_checked_before_pixels_are_read(
    place: Path,
    tiny: Path,
    all_files: Callable[[], set[str]],
    channels: Callable[..., None],
    names: tuple[str, str],
) -> None:
    channels(*names)
    out = place / "out"
    with pytest.raises(InputError, match=r"cannot be the name|would be the same file") as error:
        run(Recipe.load(tiny, ["design=per_channel"]), out=out, cache=place / "cache")
    assert error.value.where == "design = per_channel"
    assert "design = 'joint'" in error.value.fix
    assert not [name for name in all_files() if "escaped" in name or "pixels.npy" in name]


def test_any_channel_is_used_where_no_file_has_its_name(
    tiny: Path, pixels_of_tiny: Callable[[], object], channels: Callable[..., None]
) -> None:
    del tiny
    channels("488/561", "B")
    assert pixels_of_tiny() == {"joint": ("488/561", "B")}


def test_a_channel_named_like_a_baseline_replaces_nothing(
    place: Path, tiny: Path, channels: Callable[..., None]
) -> None:
    channels("intensity", "cell_count")
    small = ["design=per_channel", "training.epochs=1", "training.warmup_epochs=0"]
    small.append('baselines=["intensity"]')
    done = run(Recipe.load(tiny, small), out=place / "out", cache=place / "cache")
    folder = RunFolder(done.folder)
    model = Profiles.load(folder.embedding("intensity"))
    (table,) = folder.baseline("intensity").glob("*.parquet")
    baseline = Profiles.load(table)
    assert len(model.names) != len(baseline.names)
    assert not any(name in baseline.names for name in model.names)
    assert set(done.baselines) == {"intensity statistics"}


# Content of files that are named ---------------------------------------------------------------


def texts(folder: Path) -> str:
    """Return all that the files of a folder say: text, and the values and notes of tables."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            found += [str(pq.read_schema(path).metadata), pd.read_parquet(path).to_csv()]
        elif path.is_file():
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


def test_a_recipe_publishes_nothing_of_a_file(place: Path, private: Path) -> None:
    (place / "private.key").write_text(SECRET)
    recipe = place / "r.toml"
    step = '[[profiling]]\nstep = "select_features"\nblocklist = "private.key"\nmissing = "drop"\n'
    recipe.write_text(RECIPE + step)
    done = run(recipe, out=place / "out", cache=place / "cache")
    said = texts(done.folder) + texts(place / "cache")
    assert "PRIVATE KEY" not in said
    assert "MIIEvQ" not in said
    assert sha256_of(private) in said
    assert "private.key" in said
    kept = Profiles.load(done.folder / "profiles.parquet")
    assert kept.names == ("Cells_a",), "it was used"
    again = run(done.folder / "recipe.toml", root=place, out=place / "b", cache=place / "cache")
    assert again.scores == done.scores


def test_neither_does_a_chain_or_a_table(place: Path, private: Path) -> None:
    step = f"select_features(blocklist='{private}',operations=[blocklist])"
    assert call("profile", "wells.csv", "--steps", step, "--out", "o.parquet")[0] == 0
    chain = fit_chain(Profiles.load("wells.csv"), step)
    chain.save(place / "chain")
    private.unlink()
    assert FittedChain.load(place / "chain")(Profiles.load("wells.csv")).names == ("Cells_a",)
    (place / "wells.csv").unlink()
    assert "PRIVATE KEY" not in texts(place)


OUTSIDE = {
    "blocklist": '[[profiling]]\nstep = "select_features"\nblocklist = "{path}"\n',
    "pairs": '[metrics.k]\nmetric = "known_relationships"\ntable = {{ file = "{path}" }}\n',
    "join": '[profiles]\ntable = "wells.csv"\njoin = ["{path}"]\n',
    "table": '[profiles]\ntable = "{path}"\n',
    "glob": '[profiles]\ntable = "{path}*"\n',
    "rows": '[profiles]\ntable = "wells.csv"\nrows = "{path}"\n',
    "weights": 'weights = "{path}"\n[screen]\nlayout = "tiny"\n[encoder]\nname = "vit"\n',
    "layout": '[screen]\nlayout = "cells"\ntable = "{path}"\nimages = "x"\n'
    '[encoder]\nname = "vit"\n',
}


@pytest.mark.parametrize("way", ["absolute", "up", "link"])
@pytest.mark.parametrize("kind", OUTSIDE)
@pytest.mark.usefixtures("tiny")
def test_a_path_in_a_recipe_stays_inside_unless_allowed(
    place: Path, private: Path, way: str, kind: str
) -> None:
    (place / "link").symlink_to(private)
    path = {"absolute": str(private), "up": "../private.key", "link": "link"}[way]
    text = OUTSIDE[kind].format(path=path)
    first, _, rest = text.partition("[")
    needed = "" if "[profiles]" in text or "[screen]" in text else '[profiles]\ntable="wells.csv"\n'
    metrics = "" if "[metrics." in text else "[metrics.nsc]\n"
    recipe = place / "r.toml"
    recipe.write_text(f"{first}{needed}{'[' + rest}{metrics}")
    with pytest.raises(InputError, match="leads out of the folder of the data") as error:
        Recipe.load(recipe).open(Path())
    assert "--allow-outside" in error.value.fix
    with suppress(InputError):  # allowed, it is read, and may be of the wrong kind
        Recipe.load(recipe, outside=True).open(Path())
        return
    with pytest.raises(InputError) as error:
        Recipe.load(recipe, outside=True).open(Path())
    assert "leads out" not in str(error.value)


def test_what_the_user_types_leads_anywhere(place: Path, private: Path) -> None:
    recipe = place / "r.toml"
    recipe.write_text(RECIPE + '[[profiling]]\nstep = "select_features"\n')
    for typed in (str(private), "../private.key"):
        made = Recipe.load(recipe, [f"profiling.0.blocklist={typed}"])
        assert made.settings["profiling"][0]["blocklist"]["sha256"] == sha256_of(private)
        step = f"select_features(blocklist={typed})"
        assert call("profile", "wells.csv", "--steps", step, "--out", "o.parquet")[0] == 0


def test_a_chain_or_a_space_needs_the_flag(place: Path, private: Path) -> None:
    steps = f'step = "select_features"\nblocklist = "{private}"\n'
    (place / "chain.toml").write_text(f"[[profiling]]\n{steps}")
    (place / "space.toml").write_text(
        f"default = false\n[[chain]]\nprofiling = [{{ {', '.join(steps.splitlines())} }}]\n"
    )
    (place / "other.toml").write_text(f'default = false\n[[chain]]\nsteps = "{private}.toml"\n')
    profile = ("profile", "wells.csv", "--steps", "chain.toml", "--out", "o.parquet")
    for command in (
        profile,
        ("score", "wells.csv", "--steps", "chain.toml"),
        ("audit", "wells.csv", "--steps", "chain.toml"),
        ("tune", "wells.csv", "--space", "space.toml"),
        ("tune", "wells.csv", "--space", "other.toml"),
    ):
        status, said = call(*command)
        assert status, command
        assert "leads out of the folder of the data" in said, command
    assert call(*profile, "--allow-outside")[0] == 0
    (place / "run.toml").write_text(f"{RECIPE}[[profiling]]\n{steps}")
    out = ("--out", place / "out", "--cache", place / "cache")
    assert "leads out" in call("run", "run.toml", *out)[1]
    assert not (place / "out").exists()
    assert call("run", "run.toml", "--allow-outside", *out)[0] == 0


def test_a_table_of_images_stays_in_its_folder(place: Path, private: Path) -> None:
    import numpy as np

    for path in ("../private.key", str(private), "a/../../private.key", "C:/x.tif", "..\\x"):
        paths = np.array([["a.tif"], [path]], dtype=object)
        with pytest.raises(InputError, match="leads out of the folder") as error:
            ImageFiles(place, paths, 1, "images.csv", np.array([2, 3]))
        assert error.value.where == "images.csv row 3"
    ImageFiles(place, np.array([["a..b/c.tif", ""]], dtype=object), 1)
