"""What may be written over; `tests/safety/test_files_of_the_user.py` tries it with commands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.target import check_ending, check_target


def test_a_new_file_and_an_old_one(tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.touch()
    assert check_target(old, [tmp_path / "other.csv"]) == old
    assert check_target(tmp_path / "new.zarr") == tmp_path / "new.zarr"


def test_a_folder_and_an_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        check_target(tmp_path)
    with pytest.raises(InputError, match="would be overwritten"):
        check_target(tmp_path / "a.csv", [tmp_path / "x" / ".." / "a.csv"])


def test_a_zarr_folder_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    check_target(tmp_path / "a.zarr")
    (tmp_path / "a.zarr" / "thesis.txt").touch()
    with pytest.raises(InputError, match=r"such as thesis\.txt"):
        check_target(tmp_path / "a.zarr")


@pytest.mark.parametrize("name", ["X/thesis.txt", "uns/notes/a.docx", "obs/.secret", "X/0.0.bak"])
def test_a_file_of_somebody_else_below_a_zarr_store(tmp_path: Path, name: str) -> None:
    """A store is replaced as a whole."""
    store = tmp_path / "a.zarr"
    for part in (".zgroup", "X/.zarray", "X/0.0", "obs/zarr.json", "obs/c/0", "obs/plate/.zattrs"):
        (store / part).parent.mkdir(parents=True, exist_ok=True)
        (store / part).touch()
    check_target(store)
    (store / name).parent.mkdir(parents=True, exist_ok=True)
    (store / name).touch()
    with pytest.raises(InputError, match=f"holds other files, such as {name}"):
        check_target(store)


@pytest.mark.parametrize("through", ["new/..", "new/deeper/../..", "a.csv/.."])
def test_a_way_through_what_is_no_folder(tmp_path: Path, through: str) -> None:
    """Nothing is there while it is checked, and a user's file once the folder is made."""
    (tmp_path / "a.csv").touch()
    with pytest.raises(InputError, match=r"goes through .*, which is not a folder"):
        check_target(tmp_path / through / "mix.zarr")
    (tmp_path / "there").mkdir()
    check_target(tmp_path / "there" / ".." / "b.csv")


def test_an_ending_says_what_is_in_the_file(tmp_path: Path) -> None:
    for name in ("x.toml", "x.TOML", "x"):
        assert check_ending(tmp_path / name, ".toml", "a chain") == tmp_path / name
    with pytest.raises(InputError, match=r"a chain cannot be written as '\.csv'; name it x\.toml"):
        check_ending(tmp_path / "x.csv", ".toml", "a chain")


def test_a_folder_that_cannot_be_written_to_is_named_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights do not hold back every user, so what the system says is put in its place."""
    monkeypatch.setattr("os.access", lambda folder, mode: (folder, mode) != (tmp_path, os.W_OK))
    with pytest.raises(InputError, match=f"{tmp_path}: cannot be written to"):
        check_target(tmp_path / "new" / "a.csv")


def test_a_file_of_a_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "scores").mkdir(parents=True)
    for name in ("stages.json", "recipe.toml"):
        assert check_target(run / "results.json")  # not a run yet
        (run / name).touch()
    for name in ("results.json", "report.html", "scores/nsc.parquet", "models/joint/x.json"):
        with pytest.raises(InputError, match="is a file of the run run, and would be"):
            check_target(run / name)
    assert check_target(run / "audit.html")
    (tmp_path / "link").symlink_to(run)
    with pytest.raises(InputError, match="is a file of the run"):
        check_target(tmp_path / "link" / "results.json")
