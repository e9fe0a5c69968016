"""A table of profiles as the beginning of a run: its files are its data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import Cache
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe
from phenolens.runs.source import OpenTable, Table


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder of two plates and a table of mechanisms."""
    for plate in ("p1", "p2"):
        meta = pd.DataFrame({"plate": plate, "well": ["A01", "A02"], "compound": ["a", "b"]})
        features = np.arange(4.0).reshape(2, 2) + len(plate)
        Profiles(meta=meta, features=features).save(tmp_path / f"{plate}.csv")
    moas = pd.DataFrame({"compound": ["a", "b"], "moa": ["x", "y"]})
    moas.to_csv(tmp_path / "moa.csv", index=False)
    return tmp_path


def test_every_file_counts_as_data(root: Path) -> None:
    table = Table(ProfileTable(table="p*.csv", join=("moa.csv",)))
    before = table.open(root).inputs
    assert set(before["data"]) == {"p1.csv", "p2.csv", "moa.csv"}
    assert before["weights"] == ""
    (root / "moa.csv").write_text("compound,moa\na,x\nb,z\n")
    after = table.open(root).inputs
    assert {name for name in before["data"] if before["data"][name] != after["data"][name]} == {
        "moa.csv"
    }
    with pytest.raises(InputError, match=r"absent\.csv: no such file"):
        Table(ProfileTable(table="p1.csv", join=("absent.csv",))).open(root)


def test_files_of_one_name_elsewhere_are_both_counted(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "p1.csv").write_bytes((root / "p2.csv").read_bytes())
    away = tmp_path / "root"
    away.mkdir()
    files = Table(ProfileTable(table=(str(root / "p1.csv"), str(other / "p1.csv")))).open(away)
    assert len(files.inputs["data"]) == 2


def test_the_table_beside_an_array_counts(root: Path) -> None:
    np.save(root / "x.npy", np.eye(2))
    pd.DataFrame({"well": ["A01", "A02"]}).to_csv(root / "x.csv", index=False)
    table = Table(ProfileTable(table="x.npy"))
    before = table.open(root).inputs
    pd.DataFrame({"well": ["A01", "A03"]}).to_csv(root / "x.csv", index=False)
    assert table.open(root).inputs != before


def test_profiles_are_read_when_they_are_needed(root: Path, tmp_path: Path) -> None:
    recipe = Recipe.from_table(
        {"profiles": {"table": "p*.csv", "join": ["moa.csv"]}, "metrics": {"nsc": {}}}
    )
    opened = recipe.source.open(root)
    said: list[str] = []
    folder = RunFolder(tmp_path / "run")
    job = Job(recipe, folder, Cache(tmp_path / "c"), Machine(), said.append, opened.inputs)
    learned = opened.embeddings(job)
    assert said == []
    profiles = learned.embeddings["table"].load()
    assert said == ["4 profiles of 2 features"]
    assert profiles.meta["moa"].tolist() == ["x", "y"] * 2
    assert set(learned.data["sha256"]) == {"p1.csv", "p2.csv", "moa.csv"}
    assert opened.makers == ()
    (root / "p1.csv").write_bytes((root / "p2.csv").read_bytes())
    again = recipe.source.open(root).embeddings(job)
    assert again.embeddings["table"].key != learned.embeddings["table"].key


def test_curves_are_a_source_without_torch(tmp_path: Path) -> None:
    (tmp_path / "run_phase.csv").write_text("Elapsed,Control,A 1 uM\n0,1,2\n3,3,4\n")
    settings = {
        "curves": {"files": "*.csv", "cell_line": "PC9"},
        "metrics": {"nsc": {"same": "batch"}},
    }
    recipe = Recipe.from_table(settings)
    assert recipe.settings["curves"]["files"] == "*.csv"
    assert Recipe.from_table(recipe.settings).identity == recipe.identity
    opened = recipe.open(tmp_path)
    assert set(opened.inputs["data"]) == {"run_phase.csv"}
    other = Recipe.from_table({**settings, "curves": {"files": "*.csv"}}).open(tmp_path)
    assert isinstance(opened, OpenTable)
    assert isinstance(other, OpenTable)
    assert other.key != opened.key
    with Cache(tmp_path / "cache") as stages:
        job = Job(recipe, RunFolder(tmp_path / "out"), stages, Machine(), print, {})
        (made,) = opened.embeddings(job).embeddings.values()
        assert made.load().meta["cell_line"].tolist() == ["PC9"] * 4


def test_a_run_begins_in_one_place() -> None:
    both = {"curves": {"files": "a"}, "profiles": {"table": "a"}, "metrics": {"nsc": {}}}
    with pytest.raises(InputError, match="needs one of"):
        Recipe.from_table(both)


def test_what_the_recipe_will_refuse_of_a_table_is_found_before_its_steps(
    root: Path, tmp_path: Path
) -> None:
    """The table has no batch, and no step has run when that is said."""
    chain = [{"step": "standardize", "on": "all"}]
    tables = {"profiles": {"table": "p*.csv", "join": ["moa.csv"]}, "profiling": chain}
    recipe = Recipe.from_table({**tables, "metrics": {"nscb": {}}})
    opened = recipe.source.open(root)
    folder = RunFolder(tmp_path / "run")
    job = Job(recipe, folder, Cache(tmp_path / "c"), Machine(), lambda _: None, opened.inputs)
    with pytest.raises(InputError, match=r"metrics\.nscb: nscb needs a column 'batch'"):
        opened.embeddings(job).embeddings["table"].load()
