"""Links next to what a recipe names, and paths that readers understand in their own way."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from os import mkfifo
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Call

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.runs.apply import embed_into
from phenolens.runs.recipe import Recipe
from phenolens.runs.source import OpenTable
from phenolens.screens.image_folder import ImageFolder

MINE, THEIRS = 1.0, 7.0  # the feature of the file that is named, and of the private one


def saved(path: Path, value: float = MINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = pd.DataFrame({"plate": ["p"] * 4, "well": list("abcd"), "moa": list("mmnn")})
    Profiles(meta=meta, features=np.full((4, 1), value, np.float32)).save(path)
    return path


def recipe_of(place: Path, table: str, more: str = "") -> Path:
    path = place / "r.toml"
    path.write_text(f'[profiles]\ntable = "{table}"\n{more}[metrics.nsc]\n')
    return path


def deep_profiler(place: Path, outside: Path) -> str:
    (place / "dp" / "P1").mkdir(parents=True)
    (place / "dp" / "P1" / "A01_1.npz").symlink_to(outside / "f.npz")
    return "dp"


def linked_folder(place: Path, outside: Path) -> str:
    (place / "dp").mkdir()
    (place / "dp" / "P1").symlink_to(outside)
    return "dp"


def cell_profiler(place: Path, outside: Path) -> str:
    (place / "cp").mkdir()
    for name in ("Image.csv", "Cells.csv"):
        (place / "cp" / name).symlink_to(outside / "t.csv")
    return "cp"


def array(place: Path, outside: Path) -> str:
    np.save(place / "t.npy", np.zeros((4, 1), np.float32))
    (place / "t.csv").symlink_to(outside / "t.csv")
    return "t.npy"


def note(place: Path, outside: Path) -> str:
    saved(place / "t.csv")
    (place / "t.csv.json").unlink()
    (place / "t.csv.json").symlink_to(outside / "t.csv.json")
    return "t.csv"


@pytest.mark.parametrize("made", [deep_profiler, linked_folder, cell_profiler, array, note])
def test_a_link_next_to_a_table_or_in_it_leads_nowhere_else(
    place: Path, tmp_path: Path, made: Callable[[Path, Path], str]
) -> None:
    outside = tmp_path / "private"
    saved(outside / "t.csv")
    np.savez(outside / "f.npz", features=np.zeros((2, 1), np.float32))
    recipe = recipe_of(place, made(place, outside))
    with pytest.raises(InputError, match="leads out of the folder of the data") as error:
        Recipe.load(recipe).open(Path())
    assert "--allow-outside" in error.value.fix
    Recipe.load(recipe, outside=True).open(Path())


@pytest.mark.parametrize("whole", [True, False], ids=["folder", "file"])
def test_linked_images_need_the_flag(place: Path, tmp_path: Path, *, whole: bool) -> None:
    layout = ImageFolder.fake(tmp_path / "images")
    root = shutil.copytree(tmp_path / "images", place / "images")
    moved = root / "P1" if whole else root / "P1" / "A01_s1_DNA.tif"
    (shutil.rmtree if whole else Path.unlink)(moved)
    moved.symlink_to(tmp_path / "images" / moved.relative_to(root))
    recipe = place / "r.toml"
    recipe.write_text(
        f"[screen]\nlayout = 'image_folder'\npattern = '{layout.pattern}'\n"
        'table = "platemap.csv"\n[encoder]\nname = "conv_net"\n[metrics.nsc]\n'
    )
    with pytest.raises(InputError, match="leads out of the folder of the data"):
        Recipe.load(recipe, root=root).open(root)
    Recipe.load(recipe, root=root, outside=True).open(root)
    assert len(layout(root)) == 8  # a folder that the user names may have them


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "h5ad"])
def test_a_tilde_is_a_name(place: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    home = place.parent / "home"
    monkeypatch.setenv("HOME", str(home))
    named = f"~/t.{ending}"
    saved(home / f"t.{ending}", THEIRS)
    saved(Path(named))
    assert Profiles.load(home / f"t.{ending}").features[0] == THEIRS, "untouched"
    assert Profiles.load(named).features[0] == MINE
    recipe = recipe_of(place, named)
    table = Recipe.load(recipe).open(Path())
    assert isinstance(table, OpenTable)
    assert table.table.load(Path()).features[0] == MINE


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_address_is_a_name_in_tables_that_are_joined(place: Path, ending: str) -> None:
    wells = saved(place / "wells.csv")
    named, private = f"file:{place.parent}/x.{ending}", place.parent / f"x.{ending}"
    for path, moa in ((place / named, "m"), (private, "private")):
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame({"plate": ["p"], "moa2": [moa]})
        frame.to_parquet(path) if ending == "parquet" else path.write_text(
            frame.to_csv(index=False)
        )
    made = ProfileTable(table=wells.name, join=(named,)).load(Path())
    assert set(made.meta["moa2"]) == {"m"}


def test_upper_case_endings_are_the_same_formats(place: Path) -> None:
    for ending in ("ZARR", "H5AD", "CSV"):
        saved(place / f"t.{ending}")
        saved(place / f"t.{ending}")  # a store of ours may be replaced
        assert Profiles.load(place / f"t.{ending}").features[0] == MINE
    assert (place / "t.ZARR").is_dir()


@pytest.fixture
def pipes(place: Path) -> list[Path]:
    mkfifo(place / "pipe.parquet")
    (place / "link.parquet").symlink_to("pipe.parquet")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.parquet")
    return [place / f"{name}.parquet" for name in ("pipe", "link", "socket")]


def test_a_pipe_or_a_socket_is_never_replaced(call: Call, pipes: list[Path]) -> None:
    wells = saved(Path("wells.csv"))
    for path in pipes:
        status, _, err = call("tune", wells, "--out", path)
        assert status == 2
        assert "is a device, a pipe or a socket" in err
        with pytest.raises(InputError, match="is a device, a pipe or a socket"):
            saved(path)
        with pytest.raises(InputError, match="is a device, a pipe or a socket"):
            embed_into(Path("model"), None, path)  # type: ignore[arg-type]  # refused before
        assert not path.is_file()
    Path("a.html").symlink_to(pipes[0])
    assert "is a device" in call("audit", wells, "--out", "a.html")[2]


@pytest.mark.parametrize("name", ["", "."])
def test_a_chain_needs_the_name_of_its_folder(call: Call, place: Path, name: str) -> None:
    saved(place / "wells.csv")
    (place / "empty").mkdir()
    status, _, err = call(
        *("profile", "wells.csv", "--steps", "standardize(on=all)"),
        *("--out", "o.csv", "--save-chain", name),
    )
    assert status == 2
    assert "is not the name of a folder" in err
