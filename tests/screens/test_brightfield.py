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
from phenolens.screens.simulator.growth import course

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


TIMED = replace(
    LAYOUT, cell_lines=2, batches=1, mechanisms=13, compounds=1, sites=1, size=64,
    times=(-4.0, 0.0, 24.0, 48.0),
)  # fmt: skip


def test_with_times_the_table_has_a_row_per_site_and_hour() -> None:
    meta = TIMED(Path()).meta
    assert meta["time"].dtype == np.float64
    assert meta["time"].head(5).tolist() == [-4.0, 0.0, 24.0, 48.0, -4.0]
    assert not meta.duplicated(["plate", "well", "site", "time"]).any()
    curves = meta.groupby(["plate", "well"])
    truth = ["effect", "true_onset", "changes_shape", "compound", "concentration"]
    assert (curves[truth].nunique(dropna=False) == 1).all().all()
    treated = meta[~meta["control"]]
    assert set(treated["effect"]) == {"cytotoxic", "cytostatic", "mixed", "none"}
    assert (meta["effect"] == "DMSO").equals(meta["control"])
    changed = (treated["effect"] != "none") | treated["changes_shape"]
    assert treated["true_onset"].notna().equals(changed)
    assert meta.loc[meta["control"], "true_onset"].isna().all()


def test_a_frame_depends_on_its_site_and_hour_alone() -> None:
    rows = np.array([43, 2, 41])
    images = TIMED.read(rows)
    np.testing.assert_array_equal(TIMED.read(rows[::-1]), images[::-1])
    fewer = replace(TIMED, times=(24.0, 72.0))
    np.testing.assert_array_equal(fewer.read(np.array([0])), TIMED.read(np.array([2])))


def test_a_frame_looks_like_the_next_one_of_its_site() -> None:
    layout = replace(TIMED, size=128, times=(20.0, 21.0))
    screen = layout(Path())
    rows = np.flatnonzero(screen.meta["control"])[:12]
    inside = np.stack([layout.truth(int(r)).cell_mask > 0 for r in rows]).astype(float)
    flat = inside.reshape(len(rows), -1)
    alike = np.corrcoef(flat)
    following = [alike[k, k + 1] for k in range(0, len(rows), 2)]
    other = [alike[k, k + 2] for k in range(0, len(rows) - 2, 2)]
    assert min(following) > max(other) + 0.2


def test_truth_of_a_frame_follows_cells() -> None:
    rows = [int(r) for r in TIMED(Path()).meta.query("effect == 'cytotoxic'").index[:4]]
    frames = [TIMED.truth(r).cells for r in rows]
    dead = [int((~cells["alive"]).sum()) for cells in frames]
    assert ((frames[3]["state"] == "dying") == ~frames[3]["alive"]).all()
    assert dead[3] >= dead[0]
    assert all(cells["cell"].is_unique for cells in frames)
    assert set(TIMED.truth(rows[0]).cells) == {
        *Brightfield(size=64).truth(0).cells, "cell", "mother", "age", "alive",
    }  # fmt: skip


def test_growth_falls_with_the_dose() -> None:
    """As in the growth effects of the real screen: the mean over drugs and lines, by dose rank."""
    layout = replace(TIMED, doses=5, controls=6)
    growth: dict[int, list[float]] = {}
    for well in layout._all_wells():
        timed = layout._film(well)
        grown = timed.growth(timed.conditions(1, 0.0))
        response = timed.response()
        rank = 0
        if well.drug >= 0:
            rank = layout._drugs[well.drug].concentrations(5).index(well.concentration) + 1
        found = course(grown, response, 48.0)
        rate = np.log(found.grown(48.0) / found.grown(24.0)) / 24 / grown.rate
        growth.setdefault(rank, []).append(float(rate))
    mean = [float(np.mean(growth[rank])) for rank in range(6)]
    assert mean[1] > 0.85 * mean[0]
    assert (np.diff(mean[1:]) < 0).all()
    assert mean[5] < 0.6 * mean[0]


def test_times_are_checked_and_counted() -> None:
    with pytest.raises(InputError, match="times: 0 does not come after 4"):
        replace(TIMED, times=(4.0, 0.0))
    with pytest.raises(InputError, match=r"sites: makes \d+ images; at most 1000000"):
        replace(LAYOUT, sites=200, times=tuple(float(h) for h in range(90)))
