from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.appearance import SHARES, Appearance
from phenolens.screens.simulator.brightfield.drugs import drugs
from phenolens.screens.simulator.brightfield.lines import lines
from phenolens.screens.simulator.brightfield.mechanisms import MECHANISMS

ALL = drugs(3, len(MECHANISMS), 2, 6)


def test_a_drug_does_not_depend_on_how_many_others_or_lines_there_are() -> None:
    few = drugs(3, 2, 1, 3)
    assert few[0].changes == ALL[0].changes
    assert few[0].sensitivity == ALL[0].sensitivity[:3]
    assert drugs(4, 1, 1, 1)[0].changes != ALL[0].changes
    assert len({drug.name for drug in ALL}) == len(ALL)


def test_drugs_of_a_mechanism_differ_but_go_the_same_way() -> None:
    for one, other in zip(ALL[::2], ALL[1::2], strict=True):
        assert one.moa == other.moa
        if one.kind == "inert":
            assert not one.changes
            continue
        assert one.changes["density"] != other.changes["density"]
        for name, amount in MECHANISMS[one.moa].changes.items():
            if name not in SHARES and abs(np.log(amount)) > 0.3:
                signs = {np.sign(np.log(drug.changes[name])) for drug in (one, other)}
                assert signs == {np.sign(np.log(amount))}, name


def test_lines_differ_in_sensitivity_more_than_drugs_of_one_mechanism() -> None:
    many = drugs(0, 12, 2, 60)
    log = np.log([drug.sensitivity for drug in many]).reshape(12, 2, 60)
    usual = np.where(abs(log) < 2.5, log, np.nan)
    assert np.nanstd(usual) > 0.35
    assert np.nanstd(usual[:, 0] - usual[:, 1]) < 0.4
    assert 0.03 < (log > 2.5).mean() < 0.15, "some lines resist a mechanism"
    resisting = log > 2.5
    assert (resisting[:, 0] == resisting[:, 1]).mean() > 0.95, "both of its drugs"


def test_the_class_is_inert_where_little_of_the_effect_is_reached() -> None:
    drug = ALL[0]
    top = drug.concentrations(1)[0]
    assert top == pytest.approx(10 * drug.ec50, rel=0.05)
    for line in range(6):
        strength = drug.strength(top, line)
        assert drug.effect(top, line) == (drug.kind if strength >= 0.2 else "inert")
        assert drug.effect(1e-6 * drug.ec50, line) == "inert"
        assert drug.strength(0.0, line) == 0.0


def test_a_share_moves_by_as_much_in_every_line() -> None:
    drug = next(d for d in ALL if d.moa == "Proteasome inhibitors")
    cells = next(line for line in lines(3, 6) if line.name == "round-1").appearance
    assert cells.rounded > drug.changes["rounded"]
    treated = drug.applied(cells, 1.0)
    added = drug.changes["rounded"] - Appearance().rounded
    assert treated.rounded == pytest.approx(cells.rounded + added)
    assert drug.applied(cells, 0.0) == cells
