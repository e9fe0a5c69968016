"""A recipe, table, chain, model folder or archive of a stranger is data: nothing in it runs."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.safety.conftest import PICKLES, deep_profiler, model_folder
from typer.testing import CliRunner

from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.models.folder import load
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run

CONDITIONS = [
    '@pd.io.common.os.system("touch PWNED") == 0 and compound != "x"',
    'compound.to_pickle("PWNED") == 1',
    '__import__("os").system("touch PWNED") == 0',
    "[c for c in ().__class__.__base__.__subclasses__()] == compound",
    'compound.map(open("PWNED", "w").write) == 1',
    "compound.str.startswith.__globals__ == 1",
    "`compound`.to_csv('PWNED') == 1",
]


def refused(*arguments: object) -> InputError:
    """Return the error that a command ends with."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code != 0
    assert isinstance(result.exception, InputError), result.exception
    return result.exception


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_runs_nothing(
    place: Path, all_files: Callable[[], set[str]], tiny_screen: Screen, condition: str
) -> None:
    before = all_files()
    for command in ("score", "audit"):
        assert "cannot apply query" in str(refused(command, "wells.csv", "--where", condition))
    steps = ("--steps", "standardize", "--out", place / "o.parquet")
    assert "cannot apply query" in str(
        refused("profile", "wells.csv", *steps, "--fit-on", condition)
    )
    with pytest.raises(InputError, match="cannot apply query"):
        tiny_screen.where(condition)
    recipe = place / "r.toml"
    recipe.write_text(
        f"name = 'harmless'\n[profiles]\ntable = 'wells.csv'\nwhere = '''{condition}'''\n"
        "[metrics.nsc]\n"
    )
    with pytest.raises(InputError, match="cannot apply query"):
        run(recipe, cache=place / "cache")
    assert not [name for name in all_files() - before if "PWNED" in name]


CLASSES = [
    "subprocess:Popen",
    "os:system",
    "builtins:exec",
    "this:d",
    "evil:X",
    "os.path",
    ":",
    "a:",
]


@pytest.mark.parametrize("name", CLASSES)
def test_a_name_in_a_recipe_or_chain_imports_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (place / "evil.py").write_text("open('PWNED', 'w')\nclass X: pass\n")
    monkeypatch.syspath_prepend(place)
    (place / "screen.toml").write_text(
        f'[screen]\nlayout = "{name}"\nargs = ["touch", "PWNED"]\n[encoder]\nname = "vit"\n'
        "[metrics.nsc]\n"
    )
    (place / "encoder.toml").write_text(
        f'[screen]\nlayout = "synthetic"\n[encoder]\nname = "{name}"\n[metrics.nsc]\n'
    )
    (place / "metric.toml").write_text(
        f'[profiles]\ntable = "wells.csv"\n[metrics.nsc]\nmetric = "{name}"\n'
    )
    (place / "chain.toml").write_text(f'[[profiling]]\nstep = "{name}"\nargs = "x"\n')
    known = set(sys.modules)
    for recipe in ("screen", "encoder", "metric"):
        with pytest.raises(InputError, match=r"is not a name of the catalogue|no '.*' in "):
            Recipe.load(place / f"{recipe}.toml")
    text = "is not a name of the catalogue" if ":" in name else "no 'os.path' in "
    assert text in str(refused("score", "wells.csv", "--steps", "chain.toml"))
    assert text in str(refused("score", "wells.csv", "--metric", name))
    assert text in str(refused("check", name, ".", "--set", 'args=["touch","PWNED"]'))
    assert not (place / "PWNED").exists()
    assert not {"evil", "this"} & (set(sys.modules) - known)


@pytest.mark.parametrize("name", ["model.evil:X", "numpy.f2py.__main__:main", "this:d", "evil"])
def test_a_model_card_imports_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.syspath_prepend(place)
    encoder = model_folder(place / "model", encoder={"name": name, "settings": {}})
    part = model_folder(place / "other", parts={"decoder": {"name": name}})
    step = model_folder(place / "third", pixels=[{"step": name}])
    assert "in encoders" in str(refused("embed", encoder, "synthetic", ".")) or ":" in name
    for folder in (encoder, part):
        with pytest.raises(InputError, match=r"is not a name of the catalogue|no 'evil' in "):
            load(folder)
    with pytest.raises(InputError):
        load(step)
    assert not (place / "PWNED").exists()
    assert not {"model.evil", "this", "numpy.f2py.__main__"} & set(sys.modules)


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_in_an_archive_neither_runs_nor_crashes(place: Path, name: str) -> None:
    path = deep_profiler(place / f"{name}.npz", PICKLES[name])
    with pytest.raises(InputError, match=r"its metadata |array 'metadata' of shape") as error:
        Profiles.load(path)
    assert error.value.where == str(path)
    assert refused("score", path.name, "--metric", "nsc")
    assert not (place / "PWNED").exists()
    assert "numpy.f2py.__main__" not in sys.modules


# Reads good files first, so that all that reading needs is imported; then the hook watches.
WATCHED = """
import os, sys
from pathlib import Path
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.chains.fitted import FittedChain
from phenolens.chains.chain import build_steps, read_chain
from phenolens.models.card import read_card
from phenolens.runs.recipe import Recipe
good = Profiles.load("wells.csv")
good.save("good.parquet")
for name in ("good.parquet", "good.npz"):
    Profiles.load(name)
Recipe.load("good.toml")
build_steps(read_chain("good_chain.toml"))
seen = []
STARTS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.")
CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
           "os.truncate", "shutil.", "socket.", "ctypes.dlopen", "pickle.find_class")
def watch(event, arguments):
    if event == "import" and arguments[0] not in sys.modules:
        seen.append(f"import {arguments[0]}")
    elif event == "open":
        mode, flags = arguments[1], arguments[2]
        if (mode and set(mode) & set("wax+")) or (flags and flags & (os.O_WRONLY | os.O_RDWR)):
            seen.append(f"write {arguments[0]}")
    elif event.startswith((*STARTS, *CHANGES)):
        seen.append(event)
sys.addaudithook(watch)
hostile = sorted(Path("hostile").iterdir())
for path in hostile:
    try:
        if path.suffix == ".npz" or path.suffix == ".csv":
            Profiles.load(path)
        elif path.suffix == ".toml":
            Recipe.load(path)
        elif path.suffix == ".chain":
            build_steps(read_chain(path.read_text()))
        elif path.suffix == ".query":
            matching(good.meta, path.read_text())
        else:
            read_card(path)
            FittedChain.load(path)
    except InputError:
        pass
    else:
        print("accepted", path)
Path("last.txt").write_text("the watch sees it")
print(len(hostile), "read")
print(*seen, sep="\\n")
"""
# Modules of the standard library that reading may need late.
HARMLESS = ("import _", "import encodings", "import tokenize", "import zlib")


def test_reading_hostile_files_changes_and_starts_nothing(place: Path) -> None:
    """Watched from the inside: no process, no file written, no module of the files' choice."""
    hostile = place / "hostile"
    hostile.mkdir()
    for name, raw in PICKLES.items():
        deep_profiler(hostile / f"{name}.npz", raw)
    for i, condition in enumerate(CONDITIONS):
        (hostile / f"{i}.query").write_text(condition)
    for i, name in enumerate(CLASSES):
        (hostile / f"{i}.chain").write_text(f"{name}(args=[touch,PWNED])")
        (hostile / f"metric{i}.toml").write_text(
            f'[profiles]\ntable = "wells.csv"\n[metrics.nsc]\nmetric = "{name}"\n'
        )
    model_folder(hostile / "model", parts={"../../x": {"name": "os:system"}})
    plain = pickle.dumps(np.array({"Plate": "P1"}, dtype=object), protocol=4)
    deep_profiler(place / "good.npz", plain)
    (place / "good.toml").write_text('[profiles]\ntable = "wells.csv"\n[metrics.nsc]\n')
    (place / "good_chain.toml").write_text('[[profiling]]\nstep = "standardize"\n')
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, *seen = done.stdout.splitlines()
    assert first == f"{len(list(hostile.iterdir()))} read", done.stdout
    events = [event for event in seen if event and not event.startswith(HARMLESS)]
    assert events == ["write last.txt"]
    assert not (place / "PWNED").exists()
