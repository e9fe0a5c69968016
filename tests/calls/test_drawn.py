"""Images of calls, and controls of the same plate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from phenolens.calls.drawn import Drawn
from phenolens.calls.knock_outs import Asks
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_every_image_is_of_a_call_with_controls_of_its_plate(planted: Planted) -> None:
    table = planted(tiles=3)
    drawn = Drawn.of(table, Asks(most=5), 2)
    meta = table.meta.iloc[::3].reset_index(drop=True)
    assert sorted(meta["treatment"].iloc[drawn.images]) == ["flat"] * 5 + ["up"] * 5
    assert drawn.donors.shape == (10, 2)
    for image, donors in zip(drawn.images, drawn.donors, strict=True):
        assert meta["control"].iloc[donors].all()
        assert set(meta["plate"].iloc[donors]) == {meta["plate"].iloc[image]}
    assert set(drawn.tile.tolist()) <= {0, 1, 2}
    picked = table.meta.iloc[drawn.rows]
    np.testing.assert_array_equal(picked["tile"], drawn.tile)
    np.testing.assert_array_equal(picked["well"], meta["well"].iloc[drawn.images])


def test_slopes_are_of_the_call_and_of_permuted_labels(planted: Planted) -> None:
    table = planted(effect=6.0)
    one = Drawn.of(table, Asks(most=99), 1)
    up = one.of_call(1)
    assert set(table.meta["treatment"].iloc[up.rows]) == {"up"}
    assert len(up.wells) == len(up.images) == 8
    real, noise = up.slopes(1)
    np.testing.assert_array_equal(real, one.calls.slopes(up.rows, 1))
    assert np.abs(real - noise).max() > 0.1
