from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.drift import crowding, drifted, dryness


def test_only_the_rim_dries_out() -> None:
    assert dryness(0.0, 0.0) == dryness(0.8, -0.8) == 0
    assert dryness(-1.0, 0.2) == pytest.approx(0.3)
    assert dryness(0.9, 0.2) == pytest.approx(0.15)


def test_crowded_cells_are_smaller_and_thicker_and_old_medium_shows() -> None:
    young, full = crowding(0.0, -24.0, 0.0), crowding(1.0, -24.0, 0.0)
    assert set(young.values()) == {1.0}
    assert full["cell_area"] == pytest.approx(0.78)
    assert full["thickness"] > 1
    old = crowding(0.0, 72.0, 0.0)
    assert old["vacuoles"] == pytest.approx(1.6)
    assert old["cell_area"] == 1.0
    assert crowding(0.0, 72.0, 0.3)["cell_area"] == pytest.approx(0.91)


def test_the_focus_of_a_plate_drifts_and_is_set_anew_each_day() -> None:
    spot = (5, 1)
    speeds = []
    for plate in range(40):
        focus = [drifted(0, plate, spot, h, (0.05, 0.0, 0.0))[0] for h in (-24.0, -14.0, -1.0, 0.0)]
        assert focus[0] == focus[3] == 0
        assert focus[2] == pytest.approx(2.3 * focus[1])
        speeds.append(focus[1] / 10)
    assert np.std(speeds) == pytest.approx(0.05, rel=0.35)
    scan = drifted(0, 1, spot, 4.0, (0.0, 1.0, 0.0))
    assert scan == drifted(0, 1, (9, 2), 4.0, (0.0, 1.0, 0.0))  # a scan errs for the whole plate
    assert scan != drifted(0, 1, spot, 8.0, (0.0, 1.0, 0.0))
    assert drifted(0, 1, spot, 4.0, (0, 0, 1.0)) != drifted(0, 1, (9, 2), 4.0, (0, 0, 1.0))
