from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from phenolens.calls.scales import Scales
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_controls_of_each_plate_have_mean_0_and_spread_1(planted: Planted) -> None:
    table = planted()
    controls = table.meta["control"].to_numpy(bool)
    scales = Scales.of(table, controls)
    scaled = scales.apply(table.features, scales.of_rows(table.meta))
    for plate in ("p0", "p1"):
        one = scaled[controls & (table.meta["plate"] == plate).to_numpy()]
        np.testing.assert_allclose(one.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(one.std(axis=0, ddof=1), 1)


def test_a_feature_that_is_constant_on_one_plate_takes_the_usual_spread(planted: Planted) -> None:
    table = planted()
    table.features[(table.meta["plate"] == "p0").to_numpy(), 0] = 7.0
    scales = Scales.of(table, table.meta["control"].to_numpy(bool))
    assert scales.spread[0, 0] == pytest.approx(np.sqrt(scales.spread[1, 0] ** 2 / 2))
    for value in (7.0, 0.0):  # 0: a unit of the network that never fires
        table.features[:, 0] = value
        scales = Scales.of(table, table.meta["control"].to_numpy(bool))
        assert scales.spread[0, 0] == 1.0
        scaled = scales.apply(table.features, scales.of_rows(table.meta))
        assert (scaled[:, 0] == 0).all()


def test_a_plate_without_controls_is_named(planted: Planted) -> None:
    table = planted()
    few = table.meta["control"].to_numpy(bool) & (table.meta["plate"] == "p0").to_numpy()
    with pytest.raises(InputError, match="plate p1: has 0 control tiles to compare with"):
        Scales.of(table, few)
    scales = Scales.of(table, table.meta["control"].to_numpy(bool))
    with pytest.raises(InputError, match="no scale for plate p9"):
        scales.of_rows(table.meta.assign(plate="p9"))


def test_batches_may_be_compared_where_plates_have_too_few(planted: Planted) -> None:
    table = planted()
    table.meta["batch"] = "week 1"
    few = table.meta["control"].to_numpy(bool) & (table.meta["plate"] == "p0").to_numpy()
    scales = Scales.of(table, few, "batch")
    assert (scales.by, scales.places) == ("batch", ("week 1",))
    assert scales.of_rows(table.meta).max() == 0
    together = Scales.of(table, few, "")
    assert together.places == ("all",)
    assert together.of_rows(table.meta).max() == 0
