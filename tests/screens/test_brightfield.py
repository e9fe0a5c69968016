from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.screens.brightfield import Brightfield
from phenolens.screens.simulator.brightfield.design import FIXED

LAYOUT = Brightfield(seed=7, size=96)


@pytest.fixture(scope="module")
def screen() -> Screen:
    return LAYOUT(Path("no/such/folder"))


def _wells(meta: pd.DataFrame) -> pd.DataFrame:
    return meta.drop_duplicates(["plate", "well"])


def test_the_table_is_that_of_a_screen(screen: Screen) -> None:
    meta = screen.meta
    assert screen.channels == ("Brightfield",)
    assert screen.size == (96, 96)
    assert screen.pixel_size == 1.24
    assert set(meta) == {
        "plate", "well", "site", "batch", "replicate", "cell_line", "compound", "concentration",
        "treatment", "control", "moa", "effect",
    }  # fmt: skip
    assert meta["well"].str.fullmatch(r"[A-P](0[1-9]|1\d|2[0-4])").all()
    assert not meta.duplicated(["plate", "well", "site"]).any()
    assert (meta["moa"] == "DMSO").equals(meta["control"])
    assert (meta["effect"] == "DMSO").equals(meta["control"])
    assert (meta["concentration"] > 0).equals(~meta["control"])
    assert with_roles(meta).equals(meta)


def test_controls_are_in_known_wells_of_every_plate(screen: Screen) -> None:
    for _, plate in screen.meta.groupby("plate"):
        controls = plate[plate["control"]]
        assert len(controls) == 8 * 3
        assert set(FIXED) <= set(controls["well"])


def test_one_line_per_plate_and_every_drug_in_every_line_and_batch(screen: Screen) -> None:
    meta = screen.meta
    assert (meta.groupby("plate")["cell_line"].nunique() == 1).all()
    assert (meta.groupby("batch")["cell_line"].nunique() == 2).all()
    assert (meta.groupby("cell_line")["batch"].nunique() == 2).all()
    treated = meta[~meta["control"]]
    assert (treated.groupby("moa")["compound"].nunique() >= 2).all()
    assert (treated.groupby("moa")["batch"].nunique() == 4).all()
    assert (treated.groupby("plate")["treatment"].nunique() == 20).all()


def test_the_same_treatment_is_in_another_batch_in_the_same_line(screen: Screen) -> None:
    wells = _wells(screen.meta).reset_index(drop=True)
    rule = PairRule(same=("treatment", "cell_line"), differ=("batch",))
    assert rule.allows(wells).any(axis=1).all()


def test_an_image_depends_on_its_row_alone(screen: Screen) -> None:
    rows = np.array([400, 3, 77])
    images = screen.read(rows)
    assert images.dtype == np.uint16
    assert images.shape == (3, 1, 96, 96)
    for image, row in zip(images, rows, strict=True):
        assert np.array_equal(image, replace(LAYOUT).read(np.array([row]))[0])
    copied = pickle.loads(pickle.dumps(screen))
    assert np.array_equal(copied.read(rows[::-1]), images[::-1])
    assert not np.array_equal(replace(LAYOUT, seed=8).read(rows), images)
    assert not np.array_equal(images[0], images[1])


def test_reading_leaves_the_global_generator_alone(screen: Screen) -> None:
    before = str(np.random.get_state())  # noqa: NPY002
    screen.read(np.array([0]))
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_counts_use_the_range_and_do_not_saturate(screen: Screen) -> None:
    images = screen.read(np.arange(0, len(screen), 40))
    assert np.percentile(images, 1) > 8000
    assert np.percentile(images, 99) < 60000
    assert (images > 65000).mean() < 0.003


def test_effects_do_what_their_class_says(screen: Screen) -> None:
    """The truth of all wells, against the untreated wells of the same line."""
    table = _wells(screen.meta).reset_index(drop=True)
    truth = pd.DataFrame([LAYOUT._appearance(well, 1).as_dict() for well in LAYOUT._wells])
    truth["living"] = truth["density"] * (1 - truth["dying"])
    figures = ["living", "dying", "cell_area", "thickness"]
    log = np.log(truth[figures])
    moved = (
        log
        - log[table["control"]]
        .groupby(table["cell_line"])
        .mean()
        .reindex(table["cell_line"])
        .to_numpy()
    )
    mean = np.exp(moved.groupby(table["effect"]).mean())
    assert set(mean.index) == {"DMSO", "cytotoxic", "cytostatic", "morphological", "inert"}
    assert mean.loc["cytotoxic", "living"] < 0.6
    assert mean.loc["cytotoxic", "dying"] > 2.5
    assert 0.5 < mean.loc["cytostatic", "living"] < 0.8
    assert mean.loc["cytostatic", "cell_area"] > 1.3
    assert mean.loc["cytostatic", "thickness"] < 0.85
    for effect in ("morphological", "inert"):
        assert 0.8 < mean.loc[effect, "living"] < 1.25
    assert mean.loc["inert", ["cell_area", "thickness"]].to_numpy() == pytest.approx(
        [1, 1], abs=0.1
    )
    # Wells vary: some untreated ones have fewer living cells than some cytotoxic ones.
    fewest = moved.loc[table["control"], "living"].min()
    assert fewest < moved.loc[table["effect"] == "cytotoxic", "living"].max()


def test_truth_has_the_parameters_of_its_well() -> None:
    truth = LAYOUT.truth(4)
    assert truth.parameters == LAYOUT._appearance(LAYOUT._wells[1], 2).as_dict()
    assert truth.cell_mask.shape == (96, 96)


def test_a_higher_dose_is_further_from_untreated() -> None:
    layout = replace(LAYOUT, doses=4, cell_lines=1, lines_per_batch=1, batches=1, sites=1,
                     batch_strength=0.0)  # fmt: skip
    meta = layout(Path()).meta
    line = layout._lines[0].appearance
    for name in ("D01a", "D02b", "D03a"):
        drug = next(d for d in layout._drugs if d.name == name)
        doses = sorted(meta[meta["compound"] == name]["concentration"].unique())
        assert len(doses) == 4
        moved = [
            abs(np.log(drug.applied(line, drug.strength(d, 0)).elongation / line.elongation))
            for d in doses
        ]
        assert np.all(np.diff(moved) > 0)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("mechanisms", 99), ("compounds", 0), ("controls", 384), ("batch_strength", -1.0),
     ("pixel_size", 9.0), ("size", 3), ("cell_lines", 61), ("lines_per_batch", 5), ("seed", -1),
     ("doses", 13), ("wells", 0), ("sites", 0), ("replicates", 0)],
)  # fmt: skip
def test_a_setting_out_of_range_is_named(setting: str, value: float) -> None:
    with pytest.raises(InputError, match=setting):
        replace(LAYOUT, **{setting: value})  # type: ignore[arg-type]


def test_settings_that_do_not_fit_together_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="lines_per_batch: 1 batches of 2 lines do not reach 4"):
        replace(LAYOUT, batches=1)
    with pytest.raises(InputError, match="compounds: needs 488 wells on a plate"):
        replace(LAYOUT, compounds=4, doses=12)
    with pytest.raises(InputError, match=r"sites: makes \d+ images; at most 1000000"):
        replace(LAYOUT, sites=1000, batches=100)


def test_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no row 100000"):
        LAYOUT.read(np.array([100000]))
