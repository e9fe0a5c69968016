from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.compounds import compounds
from phenolens.screens.simulator.mechanisms import MECHANISMS
from phenolens.screens.simulator.phenotype import SHARES, Phenotype

ALL = compounds(3, 12, 3)


def test_half_effect_at_the_ec50_and_none_at_zero() -> None:
    for compound in ALL:
        assert compound.effect(compound.ec50) == pytest.approx(0.5)
        assert compound.effect(0.0) == 0.0
        assert np.all(np.diff([compound.effect(c) for c in compound.concentrations(5)]) > 0)


def test_doses_are_half_logs_that_end_at_ten_ec50() -> None:
    (first, *_), doses = ALL, ALL[0].concentrations(3)
    assert doses[-1] == pytest.approx(10 * first.ec50, rel=0.05)
    assert doses[1] / doses[0] == pytest.approx(10**0.5, rel=0.05)


def test_compounds_of_a_mechanism_differ_but_go_the_same_way() -> None:
    for k in range(0, len(ALL), 3):
        trio = ALL[k : k + 3]
        assert len({c.moa for c in trio}) == 1
        assert len({c.changes["density"] for c in trio}) == 3
        for parameter, amount in MECHANISMS[trio[0].moa].items():
            if parameter in SHARES or abs(np.log(amount)) < 0.5:
                continue
            assert all(
                np.sign(np.log(c.changes[parameter])) == np.sign(np.log(amount)) for c in trio
            )


def test_a_compound_does_not_depend_on_how_many_others_there_are() -> None:
    assert compounds(3, 2, 2)[0].changes == ALL[0].changes
    assert compounds(4, 2, 2)[0].changes != ALL[0].changes
    assert len({c.name for c in compounds(0, 1, 60)}) == 60


def test_the_phenotype_moves_with_the_dose() -> None:
    eg5 = next(c for c in ALL if c.moa == "Eg5 inhibitors")
    mitotic = [eg5.phenotype(c).mitotic for c in (0.0, *eg5.concentrations(4))]
    assert mitotic[0] == Phenotype().mitotic
    assert np.all(np.diff(mitotic) > 0)
