"""What a user has in a folder is never deleted, and what is read is never written over."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from phenolens.audit.result import check_out
from phenolens.chains.chain_folder import write_steps
from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.files import written
from phenolens.core.lock import held
from phenolens.core.profiles import Profiles
from phenolens.core.target import check_target
from phenolens.profiling.standardize import Standardize

THESIS = "chapter 1"


@pytest.fixture
def wells(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"plate": ["p1"] * 12, "well": [f"A{i:02d}" for i in range(1, 13)]})
    meta["compound"] = ["DMSO"] * 4 + ["a", "b"] * 4
    meta["control"] = meta["compound"] == "DMSO"
    return Profiles(meta, rng.normal(size=(12, 3)).astype(np.float32)).save(tmp_path / "wells.csv")


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    """A folder of a user's, of any name."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text(THESIS)
    return folder


def _run(*arguments: object) -> str:
    """Return the message of the error that a command must raise."""
    found = CliRunner().invoke(app, list(map(str, arguments)))
    assert isinstance(found.exception, InputError), found.output
    return str(found.exception)


@pytest.mark.parametrize("name", ["d.parquet", "d.csv", "d.csv.gz", "d.h5ad", "d.zarr"])
def test_a_folder_is_never_replaced_by_a_table(thesis: Path, wells: Path, name: str) -> None:
    folder = thesis.rename(thesis.with_name(name))
    assert name in _run("profile", wells, "--out", folder)
    with pytest.raises(InputError, match=r"is a folder|would be replaced"):
        Profiles.load(wells).save(folder)
    assert (folder / "thesis.txt").read_text() == THESIS


def test_a_zarr_store_is_replaced_but_not_one_with_other_files(wells: Path, tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    profiles = Profiles.load(wells)
    store = profiles.save(tmp_path / "x.zarr")
    assert len(Profiles.load(profiles.take(np.arange(3)).save(store))) == 3
    (store / "thesis.txt").write_text(THESIS)
    with pytest.raises(InputError, match=r"holds other files, such as thesis\.txt"):
        profiles.save(store)
    assert (store / "thesis.txt").read_text() == THESIS


@pytest.mark.parametrize("spelling", ["{0}", "{1}/./{2}", "link.csv"])
def test_what_is_read_is_not_written_over(wells: Path, tmp_path: Path, spelling: str) -> None:
    (tmp_path / "link.csv").symlink_to(wells)
    folder = wells.parent
    out = spelling.format(wells, folder, wells.name)
    out = str(folder / out) if "/" not in out else out
    before = wells.read_bytes()
    for command in (["profile"], ["tune"]):
        assert "would be overwritten" in _run(*command, wells, "--out", out)
    assert wells.read_bytes() == before


def test_a_joined_table_and_that_of_an_array_are_not_written_over(
    wells: Path, tmp_path: Path
) -> None:
    joined = tmp_path / "map.csv"
    shutil.copy(wells, joined)
    command = ["profile", wells, "--join", joined, "--out", joined]
    assert "map.csv: is read by this command" in _run(*command)
    np.save(tmp_path / "map.npy", np.ones((12, 2), np.float32))
    assert "map.csv: is read by this command" in _run(
        "profile", tmp_path / "map.npy", "--out", joined
    )
    assert joined.read_bytes() == wells.read_bytes()


def test_tune_and_audit_name_a_folder_before_they_begin(thesis: Path, wells: Path) -> None:
    assert "is a folder" in _run("tune", wells, "--out", thesis)
    page = thesis.rename(thesis.with_name("page.html"))
    assert "is a folder" in _run("audit", wells, "--out", page)
    assert "cannot be written as '.xml'" in _run("audit", wells, "--out", page.with_name("q.xml"))
    assert (page / "thesis.txt").read_text() == THESIS
    assert check_out(page.parent / "folder") == page.parent / "folder"


def test_the_folder_of_a_saved_chain_holds_nothing_else(thesis: Path, wells: Path) -> None:
    steps = (Standardize().fit(Profiles.load(wells)),)
    foreign = "arrays-0123456789abcdef.npz"
    shutil.copy(thesis / "thesis.txt", thesis / foreign)
    with pytest.raises(InputError, match=f"holds other files, such as {foreign}"):
        write_steps(steps, thesis)
    command = ["profile", wells, "--steps", "standardize", "--save-chain", thesis]
    assert "holds other files" in _run(*command, "--out", wells.with_name("o.csv"))
    assert sorted(path.name for path in thesis.iterdir()) == [foreign, "thesis.txt"]
    assert not wells.with_name("o.csv").exists()


def test_a_saved_chain_is_replaced_and_files_next_to_it_stay(thesis: Path, wells: Path) -> None:
    profiles, folder = Profiles.load(wells), thesis.with_name("chain")
    write_steps((Standardize().fit(profiles),), folder)
    first = {path.name for path in folder.iterdir()}
    for name in ("thesis.txt", "arrays-0123456789abcdef.npz"):
        shutil.copy(thesis / "thesis.txt", folder / name)
    write_steps((Standardize().fit(profiles.take(np.arange(2, 12))),), folder)
    left = {path.name for path in folder.iterdir()}
    assert {"thesis.txt", "arrays-0123456789abcdef.npz", "chain.toml"} < left
    assert not (first - {"chain.toml"}) & left  # the arrays of the old chain
    (folder / "chain.toml").write_text("name = 'a recipe'")
    with pytest.raises(InputError, match="holds other files"):
        write_steps((Standardize().fit(profiles),), folder)


def test_two_processes_never_write_one_table_or_chain(wells: Path, tmp_path: Path) -> None:
    out, chain = tmp_path / "o.csv", tmp_path / "chain"
    command = ["profile", wells, "--steps", "standardize", "--save-chain", chain, "--out", out]
    for path in (out, chain):
        with held(path):
            assert f"{path}: is being written by process" in _run(*command)
    assert not out.exists()
    assert not chain.exists()
    assert CliRunner().invoke(app, list(map(str, command))).exit_code == 0
    assert not list(tmp_path.glob(".*"))  # no lock stays


def test_no_name_is_no_file() -> None:
    for name in ("", ".", "/"):
        with pytest.raises(InputError):
            check_target(Path(name))


def test_others_may_read_what_the_umask_allows(tmp_path: Path) -> None:
    import os
    import tempfile

    before = os.umask(0o022)
    try:
        with written(tmp_path / "a.txt") as partial:
            handle, private = tempfile.mkstemp(dir=partial.parent)  # mode 0600, as safetensors does
            os.close(handle)
            Path(private).rename(partial)
        with written(tmp_path / "folder") as partial:
            partial.mkdir(mode=0o700)
            (partial / "b").touch(mode=0o600)
        assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644
        assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o755
        assert (tmp_path / "folder" / "b").stat().st_mode & 0o777 == 0o644
        os.umask(0o077)
        with written(tmp_path / "c.txt") as partial:
            partial.write_text("private")
        assert (tmp_path / "c.txt").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)
