from __future__ import annotations

from dataclasses import fields

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.simulator.brightfield.appearance import SHARES, Appearance


def test_no_effect_changes_nothing_and_full_effect_is_the_documented_one() -> None:
    changes = {"cell_area": 0.5, "dying": 0.4}
    assert Appearance().changed(changes, 0.0) == Appearance()
    full = Appearance().changed(changes)
    assert full.cell_area == pytest.approx(0.5 * Appearance().cell_area)
    assert full.dying == pytest.approx(0.4)


def test_factors_of_a_culture_leave_shares_shares() -> None:
    scaled = Appearance(clustering=0.9).scaled({"clustering": 3.0, "density": 2.0})
    assert scaled.clustering == 0.95
    assert scaled.density == 2 * Appearance().density


def test_an_unknown_parameter_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'debris'"):
        Appearance().changed({"derbis": 2.0})


def test_every_parameter_is_documented() -> None:
    assert {f.name for f in fields(Appearance)} >= SHARES
    for field in fields(Appearance):
        assert f"{field.name}: " in (Appearance.__doc__ or ""), field.name
