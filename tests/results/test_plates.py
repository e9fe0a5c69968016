from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.results.well_run import write_wells

from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.results.contents import RunContents
from phenolens.results.plates import Plates, plates_of


@pytest.fixture
def plates(run_folder: Path) -> Plates:
    write_wells(run_folder)
    made = plates_of(RunContents.read(run_folder))
    assert made is not None
    return made


def test_what_depends_on_the_position_comes_first(plates: Plates) -> None:
    first = plates.measures[0]
    assert first.title == "light"
    assert first.effect is not None
    assert first.effect.column_p < 1e-10 < 0.001 < first.effect.row_p
    assert first.p < 1e-8
    dark = next(one for one in plates.measures if one.title == "dark")
    assert dark.p > 0.05


def test_every_feature_is_asked_for_its_position(run_folder: Path) -> None:
    meta = write_wells(run_folder)
    values = np.random.default_rng(3).normal(size=(len(meta), 700))
    values[:, -1] += meta["well"].str[1:].astype(int).to_numpy()
    path = RunFolder(run_folder).baseline("many") / "all.parquet"
    path.parent.mkdir(parents=True)
    Profiles(meta, values, tuple(f"m{i}" for i in range(700))).save(path)
    made = plates_of(RunContents.read(run_folder))
    assert made is not None
    assert made.measures[0].title == "m699"


def test_plates_are_in_the_order_of_numbers(plates: Plates) -> None:
    assert plates.names == ("P1", "P2", "P10")
    assert (plates.rows, plates.columns) == (8, 12)
    assert len(plates.meta) == 288
    assert plates.meta.groupby("plate", observed=True)["row"].max().tolist() == [7, 7, 7]


def test_flags_counts_and_distances_are_measures(plates: Plates) -> None:
    by_title = {one.title: one for one in plates.measures}
    assert list(by_title)[-2:] == ["negative control", "blurred, share"]
    control = by_title["negative control"].values == 1
    assert (by_title["number of embeddings"].values == 1).all()
    far = by_title["distance to the plate's controls"].values
    assert np.median(far[~control]) > 2 * np.median(far[control])


def test_a_score_is_that_of_the_treatment_of_the_well(run_folder: Path) -> None:
    write_wells(run_folder)
    run = RunContents.read(run_folder)
    rows = pd.DataFrame({
        "treatment": ["c1@1", "c2@1"], "neighbour": ["c2@1", "c1@1"], "neighbour_moa": None,
        "value": [1.0, 0.0], "distance": [0.25, 0.5],
    })  # fmt: skip
    made = plates_of(replace(run, rows={"nsc": rows}))
    assert made is not None
    values = {one.title: one.values for one in made.measures}
    for treatment, hit, far in (("c1@1", 1.0, 0.25), ("c2@1", 0.0, 0.5)):
        at = (made.meta["treatment"] == treatment).to_numpy()
        assert (values["NSC, hit"][at] == hit).all()
        assert (values["NSC, distance to the nearest"][at] == far).all()
    assert np.isnan(values["NSC, hit"][(made.meta["treatment"] == "c3@1").to_numpy()]).all()


def test_without_tables_there_are_no_plates(run_folder: Path) -> None:
    assert plates_of(RunContents.read(run_folder)) is None
