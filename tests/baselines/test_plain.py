"""The plain features against numpy, loop by loop, and against published figures of real cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.baselines.plain import plain_features, plain_profiles
from phenolens.core.screen import Screen
from phenolens.metrics.nsc import Nsc
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.standardize import Standardize
from phenolens.runs.learning import BASELINES
from phenolens.screens.cells import Cells


@pytest.mark.parametrize(("channels", "side"), [(1, 8), (2, 11), (4, 9)])
def test_equals_a_loop_in_float64(channels: int, side: int) -> None:
    images = np.random.default_rng(0).integers(0, 65536, (3, channels, side, side), np.uint16)
    made = plain_features(images)
    assert made.shape == (3, 5 * channels + channels * (channels - 1) // 2)
    for image, row in zip(images.astype(np.float64), made, strict=True):
        told = []
        for plane in image:
            edged = np.pad(plane, 1, mode="symmetric")
            around = edged[:-2, 1:-1] + edged[2:, 1:-1] + edged[1:-1, :-2] + edged[1:-1, 2:]
            cut = side // 4
            middle = plane[cut : side - cut, cut : side - cut]
            kinds = [plane.mean(), plane.std(), np.percentile(plane, 95)]
            told += [np.log1p(x) for x in (*kinds, (around - 4 * plane).std(), middle.mean())]
        for a in range(channels):
            told += [np.corrcoef(image[a].ravel(), image[b].ravel())[0, 1] for b in range(a)]
        order = [f"{b}{a}" for a in range(channels) for b in range(a)]
        ours = [f"{a}{b}" for a in range(channels) for b in range(a + 1, channels)]
        told[5 * channels :] = [told[5 * channels + order.index(pair)] for pair in ours]
        assert row == pytest.approx(told, rel=1e-5, abs=1e-7)


def test_a_constant_channel_has_no_correlation() -> None:
    images = np.random.default_rng(0).integers(0, 65536, (1, 3, 8, 8), np.uint16)
    images[0, 1] = 700
    made = plain_features(images)[0]
    assert made[15] == made[17] == 0
    assert made[16] != 0
    assert made[5:10] == pytest.approx(np.log1p([700, 0, 700, 0, 700]))


def test_one_row_per_image_and_named_columns(tiny_screen: Screen) -> None:
    whole = plain_profiles(tiny_screen)
    assert len(whole) == 24
    assert whole.names[:6] == (
        "plain_DNA_mean",
        "plain_DNA_sd",
        "plain_DNA_p95",
        "plain_DNA_laplacian",
        "plain_DNA_centre",
        "plain_Actin_mean",
    )
    assert whole.names[-1] == "plain_DNA_Actin_correlation"
    np.testing.assert_array_equal(
        whole.features[17], plain_features(tiny_screen.read(np.array([17])))[0]
    )
    assert whole.meta["well"].tolist() == tiny_screen.meta["well"].tolist()


def test_it_is_no_default() -> None:
    """Runs that name no baselines have the three that they always had."""
    assert BASELINES == ("untrained", "intensity", "cell_count")


def test_mechanisms_of_real_cells(data_dir: Path) -> None:
    """Both draws of BBBC021: 42 and 38 of 102 by the folder's README, which has no formulas.

    Read as the logarithms of five figures per channel they give 41 and 36.
    """
    folders = ("bbbc021-singlecells-13moa", "bbbc021-singlecells-13moa-second")
    cells = Cells(
        images=tuple(f"{folder}/*_images.npz" for folder in folders),
        table=tuple(f"{folder}/*_cells.csv" for folder in folders),
        channels=("DAPI", "Actin", "Tubulin"),
        batch_of_plate=r"^(Week\d+)_",
    )
    profiles = plain_profiles(cells(data_dir))
    assert profiles.features.shape == (1098, 18)
    hits = []
    for by in ((), ("batch",)):
        scaled = Standardize(by=by, on="all")(profiles)
        score = Nsc()(Aggregate(by=("treatment",), how="mean")(scaled))
        assert score.n == 102
        hits.append(round(score.value * 102))
    assert hits == [41, 36]
