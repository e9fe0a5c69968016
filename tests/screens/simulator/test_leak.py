"""The planted leak is in the background alone, and the same for all wells of a mechanism."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.screens.simulator.conditions import conditions
from phenolens.screens.simulator.design import Well
from phenolens.screens.simulator.leak import leak_of, leaking
from phenolens.screens.synthetic import Synthetic

LAYOUT = Synthetic(seed=7, size=96, compounds=2, replicates=1, sites=1)


def test_controls_have_none_and_nothing_else_changes() -> None:
    assert (leak_of(3, -1, 0.5) == 1).all()
    assert (leak_of(3, 4, 0.0) == 1).all()
    usual = conditions(7, Well(0, 0, 0, 5, 3, 1.0), 1, 1.0)
    factor = leak_of(3, 4, 0.5)
    made = leaking(usual, factor)
    assert made.background == pytest.approx(usual.background * factor)
    assert made.gain is usual.gain
    assert made.field is usual.field


def test_the_darkest_pixels_of_a_mechanism_move_by_its_factor() -> None:
    plain, leaky = LAYOUT(Path()), replace(LAYOUT, leak=0.3)(Path())
    meta = plain.meta
    assert meta.equals(leaky.meta)
    rows = np.flatnonzero((meta["moa"] == meta.loc[~meta["control"], "moa"].iloc[0]).to_numpy())[:2]
    control = np.flatnonzero(meta["control"].to_numpy())[:1]
    assert np.array_equal(plain.read(control), leaky.read(control))
    ratios = [
        np.quantile(leaky.read(rows[i : i + 1])[0], 0.01, axis=(1, 2))
        / np.quantile(plain.read(rows[i : i + 1])[0], 0.01, axis=(1, 2))
        for i in range(2)
    ]
    assert np.abs(np.log(ratios[0])).max() > 0.1
    assert ratios[0] == pytest.approx(ratios[1], rel=0.1)


def test_a_leak_over_time_is_refused() -> None:
    with pytest.raises(InputError, match="without times"):
        Synthetic(leak=0.1, times=(0.0, 2.0))
