from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.screens.synthetic import Synthetic

LAYOUT = Synthetic(seed=7, size=96)


@pytest.fixture(scope="module")
def screen() -> Screen:
    return LAYOUT(Path("no/such/folder"))


def test_the_table_is_that_of_a_screen(screen: Screen) -> None:
    meta = screen.meta
    assert screen.channels == ("DNA", "Tubulin", "Actin")
    assert screen.size == (96, 96)
    assert screen.pixel_size == 0.5
    assert set(meta) == {
        "plate", "well", "site", "batch", "replicate", "compound", "concentration", "treatment",
        "control", "moa",
    }  # fmt: skip
    assert meta["well"].str.fullmatch(r"[A-H](0[1-9]|1[0-2])").all()
    assert not meta.duplicated(["plate", "well", "site"]).any()
    assert meta["moa"].nunique() == 13
    assert (meta["moa"] == "DMSO").equals(meta["control"])
    assert (meta["concentration"] > 0).equals(~meta["control"])
    assert with_roles(meta).equals(meta)


def test_every_plate_holds_dmso_and_replicates_hold_the_same(screen: Screen) -> None:
    meta = screen.meta
    assert (meta[meta["control"]].groupby("plate").size() == 6 * 2).all()
    assert meta[meta["control"]]["plate"].nunique() == meta["plate"].nunique() == 12
    for _, batch in meta.groupby("batch"):
        content = batch.groupby("plate")["treatment"].agg(lambda t: tuple(sorted(t)))
        assert content.nunique() == 1
        places = batch.drop_duplicates(["plate", "well"]).groupby(["treatment", "plate"])["well"]
        assert places.first().groupby("treatment").nunique().max() > 1, "positions are drawn anew"


def test_every_treatment_has_an_answer_in_another_batch(screen: Screen) -> None:
    table = screen.meta[~screen.meta["control"]]
    treated = table.groupby("treatment").agg(
        {"compound": "first", "moa": "first", "batch": lambda b: "|".join(sorted(set(b)))}
    )
    rule = PairRule(same=("moa",), differ=("compound", "batch"))
    assert rule.allows(treated.reset_index()).any(axis=1).all()
    assert (treated["batch"].str.count(r"\|") <= 1).all(), "confounded: one batch or two"
    assert table.groupby("moa")["batch"].nunique().min() >= 2


def test_lone_mechanisms_stay_in_one_batch() -> None:
    meta = replace(LAYOUT, lone=2)(Path()).meta
    batches = meta[~meta["control"]].groupby("moa", sort=False)["batch"].nunique()
    assert (batches == 1).sum() == 2


def test_an_image_depends_on_its_row_alone(screen: Screen) -> None:
    rows = np.array([400, 3, 77])
    images = screen.read(rows)
    assert images.dtype == np.uint16
    assert images.shape == (3, 3, 96, 96)
    for image, row in zip(images, rows, strict=True):
        again = replace(LAYOUT).read(np.array([row]))[0]
        assert np.array_equal(image, again)
    copied = pickle.loads(pickle.dumps(screen))
    assert np.array_equal(copied.read(rows[::-1]), images[::-1])
    assert not np.array_equal(replace(LAYOUT, seed=8).read(rows), images)


def test_reading_leaves_the_global_generator_alone(screen: Screen) -> None:
    before = str(np.random.get_state())  # noqa: NPY002
    screen.read(np.array([0]))
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_counts_fill_the_range_and_do_not_saturate(screen: Screen) -> None:
    images = screen.read(np.arange(0, len(screen), 24))
    assert np.percentile(images, 1) > 300
    assert np.percentile(images, 99.5) > 4000
    assert (images > 65000).mean() < 1e-4
    assert (images % 16 == 0).all(), "twelve bits, as the camera of BBBC021"


def test_truth_agrees_with_the_pixels(screen: Screen) -> None:
    sharper = replace(LAYOUT, size=160)
    rows = np.flatnonzero(screen.meta["control"])[:4]
    for row, image in zip(rows.tolist(), sharper.read(rows).astype(float), strict=True):
        truth = sharper.truth(row)
        nuclear, cell = truth.nuclear_mask > 0, truth.cell_mask > 0
        assert image[0][nuclear].mean() > 2 * image[0][~nuclear].mean()
        for channel in (1, 2):
            assert image[channel][cell].mean() > 1.5 * image[channel][~cell].mean()
        assert (cell | ~nuclear).all(), "a nucleus is inside its cell"
        at = truth.cell_mask[truth.cells["y"], truth.cells["x"]]
        assert (at == truth.cells["label"]).mean() > 0.9
        assert (at > 0).all()
        pixels = ndimage.sum_labels(cell, truth.cell_mask, truth.cells["label"])
        assert np.array_equal(pixels, truth.cells["visible"])


def test_a_higher_dose_is_further_from_untreated() -> None:
    layout = replace(LAYOUT, doses=4, replicates=1, sites=1, batch_strength=0.0)
    meta = layout(Path()).meta
    for compound in ("C01a", "C06b", "C10c"):
        mine = meta[meta["compound"] == compound].drop_duplicates("treatment")
        rows = mine.sort_values("concentration").index
        moved = [abs(np.log(layout.truth(r).parameters["density"] / 1.75)) for r in rows]
        assert len(moved) == 4
        assert np.all(np.diff(moved) > 0)
        assert moved[0] < 0.5 * moved[-1]


def test_batches_differ_at_strength_one_and_not_at_zero(screen: Screen) -> None:
    """The spread of batches' untreated cells against the spread that chance alone makes."""
    first = screen.meta[screen.meta["control"]].groupby("batch").head(5)
    rows = first.index.to_numpy()
    spread = []
    for strength in (0.0, 1.0):
        layout = replace(LAYOUT, batch_strength=strength)
        inside = [layout.truth(row).cell_mask > 0 for row in rows.tolist()]
        level = np.log(
            [np.median(i[:, m], axis=1) for i, m in zip(layout.read(rows), inside, strict=True)]
        )
        spread.append(level.reshape(4, 5, 3).mean(axis=1)[:, 1:].std(axis=0))
    assert (spread[1] > 1.5 * spread[0]).all()
    quiet = replace(LAYOUT, batch_strength=0.0)
    assert quiet.truth(int(rows[0])).parameters == quiet.truth(int(rows[-1])).parameters


def test_a_batch_too_large_for_a_plate_is_dealt_over_several() -> None:
    meta = Synthetic(mechanisms=12, compounds=4, doses=4, batches=2)(Path()).meta
    assert meta.groupby("plate")["well"].nunique().max() <= 60
    assert meta.groupby(["batch", "replicate"])["plate"].nunique().eq(2).all()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("mechanisms", 99), ("compounds", 0), ("controls", 60), ("batch_strength", -1.0),
     ("pixel_size", 9.0), ("size", 3), ("lone", 13), ("seed", -1)],
)  # fmt: skip
def test_a_setting_out_of_range_is_named(setting: str, value: float) -> None:
    with pytest.raises(InputError, match=setting):
        replace(LAYOUT, **{setting: value})  # type: ignore[arg-type]


def test_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no row 100000"):
        LAYOUT.read(np.array([100000]))


TIMED = replace(
    LAYOUT, mechanisms=12, compounds=1, doses=1, batches=1, replicates=1, sites=1, size=64,
    times=(-4.0, 24.0, 72.0),
)  # fmt: skip


def test_with_times_the_table_has_a_row_per_site_and_hour() -> None:
    meta = TIMED(Path()).meta
    assert meta["time"].head(4).tolist() == [-4.0, 24.0, 72.0, -4.0]
    assert not meta.duplicated(["plate", "well", "site", "time"]).any()
    assert set(meta["effect"]) == {"cytotoxic", "cytostatic", "mixed", "none", "DMSO"}
    assert (meta["effect"] == "DMSO").equals(meta["control"])
    assert meta["true_onset"].isna().equals(meta["control"])
    assert (meta.groupby(["plate", "well"])["true_onset"].nunique() <= 1).all()


def test_a_frame_depends_on_its_site_and_hour_alone() -> None:
    rows = np.array([20, 1])
    images = TIMED.read(rows)
    np.testing.assert_array_equal(TIMED.read(rows[::-1]), images[::-1])
    fewer = replace(TIMED, times=(24.0,))
    np.testing.assert_array_equal(fewer.read(np.array([0])), images[1:])


def test_living_cells_grow_in_controls_and_die_where_a_compound_kills() -> None:
    layout = replace(TIMED, size=256)
    meta = layout(Path()).meta
    ratio = {}
    for effect in ("DMSO", "cytotoxic"):
        mine = meta[meta["effect"] == effect].head(6)
        living = [int(layout.truth(int(r)).cells["alive"].sum()) for r in mine.index]
        ratio[effect] = sum(living[2::3]) / sum(living[0::3])
    assert ratio["DMSO"] > 2.5
    assert ratio["cytotoxic"] < 0.7
