"""All findings together: planted damage of each kind, and none on whole and on real plates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from tests.quality.kit import damaged, whole

from phenolens.core.screen import Screen
from phenolens.intake.prepare import plan
from phenolens.quality.findings import findings
from phenolens.quality.looks import look

PLATES = {"rotated plate", "swapped channels", "constant plane", "copied channel", "same pixels"}
PLATES |= {"empty well", "debris"}


def kinds(screen: Screen) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in findings(look(screen)):
        found.setdefault(one.kind, []).append(one.what)
    return found


def test_whole_plates_have_none() -> None:
    assert not PLATES & set(kinds(whole()))


def test_each_kind_is_found_where_it_was_planted() -> None:
    def damage(pixels: np.ndarray) -> None:
        pixels[0, 1] = 0
        pixels[1] = np.random.default_rng(0).poisson(200, pixels[1].shape)
        pixels[2, 2] = ndimage.gaussian_filter(pixels[2, 2].astype(float), 6)
        pixels[3, 0] = np.where(pixels[3, 0] > np.median(pixels[3, 0]), 65535, pixels[3, 0])
        pixels[20, 2, 10:70, 10:70] = 60_000

    screen = damaged(damage)
    found = kinds(screen)
    wells = screen.meta["well"]
    assert set(found) >= {"constant plane", "empty well", "blurred", "saturated", "debris"}
    assert found["empty well"] == [
        f"plate P001: wells that show nothing in any channel (1): {wells[1]}"
    ]
    assert wells[2] in found["blurred"][0]
    assert not any(wells[0] in what for what in found["blurred"]), "a constant plane is not blurred"
    assert wells[3] in found["saturated"][0]
    assert any(wells[20] in what for what in found["debris"])


@pytest.mark.slow
def test_a_real_plate_has_none(data_dir: Path) -> None:
    """BBBC013: 72 wells of one plate."""
    assert kinds(plan(data_dir / "bbbc013-plate").screen.take(np.arange(0, 72, 3))) == {}


@pytest.mark.filterwarnings("ignore")
def test_sixteen_real_plates_have_none_but_a_stain_that_is_saturated(data_dir: Path) -> None:
    """RxRx1: 0.6 to 2.2 % of the pixels of MitoTracker are 255 on three plates of HepG2 cells."""
    found = kinds(plan(data_dir / "rxrx1-control-wells").screen)
    assert list(found) == ["saturated"]
    assert [what.split(":")[0] for what in found["saturated"]] == [
        "plate HEPG2-01_1",
        "plate HEPG2-01_2",
        "plate HEPG2-01_4",
    ]
