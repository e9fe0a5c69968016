from __future__ import annotations

from dataclasses import fields

import pytest

from phenolens.screens.simulator.brightfield.appearance import SHARES, Appearance
from phenolens.screens.simulator.brightfield.mechanisms import MECHANISMS

NAMES = {f.name for f in fields(Appearance)}


@pytest.mark.parametrize("name", MECHANISMS)
def test_changes_name_parameters_and_fit_the_class_of_the_effect(name: str) -> None:
    mechanism = MECHANISMS[name]
    assert set(mechanism.changes) <= NAMES
    before, after = Appearance(), Appearance().changed(mechanism.changes)
    assert all(0 <= after.as_dict()[share] <= 1 for share in SHARES)
    count = after.density / before.density
    if mechanism.effect == "cytotoxic":
        assert count < 0.6
        assert after.dying > 3 * before.dying
        assert after.debris > before.debris
    elif mechanism.effect == "cytostatic":
        assert count < 0.7
        assert after.dying == before.dying
        assert after.cell_area > 1.3 * before.cell_area
        assert after.thickness < before.thickness
    elif mechanism.effect == "morphological":
        assert count >= 0.9
        assert len(mechanism.changes) >= 4
    else:
        assert after == before


def test_the_first_four_have_one_effect_each_and_no_two_are_alike() -> None:
    effects = [m.effect for m in MECHANISMS.values()]
    assert len(set(effects[:4])) == 4
    assert sum(effect == "morphological" for effect in effects) >= 3
    changes = [tuple(sorted(m.changes.items())) for m in MECHANISMS.values()]
    assert len(set(changes)) == len(changes)
