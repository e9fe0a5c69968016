from __future__ import annotations

from dataclasses import fields

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.simulator.phenotype import SHARES, Phenotype


def test_no_effect_changes_nothing_and_full_effect_is_the_documented_one() -> None:
    changes = {"cell_area": 0.5, "mitotic": 0.4}
    assert Phenotype().changed(changes, 0.0) == Phenotype()
    full = Phenotype().changed(changes)
    assert full.cell_area == pytest.approx(0.5 * Phenotype().cell_area)
    assert full.mitotic == pytest.approx(0.4)


def test_shares_stay_shares_beyond_full_effect() -> None:
    assert 0 <= Phenotype().changed({"mitotic": 0.9}, 3.0).mitotic <= 1


def test_an_unknown_parameter_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'puncta'"):
        Phenotype().changed({"punta": 2.0})


def test_every_parameter_is_documented() -> None:
    assert {f.name for f in fields(Phenotype)} >= SHARES
    for field in fields(Phenotype):
        assert f"        {field.name}: " in (Phenotype.__doc__ or "").replace(
            "\n    ", "\n        "
        )
