from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.screens.brightfield import Brightfield
from phenolens.screens.simulator.brightfield.kinetics import doubling
from phenolens.screens.simulator.brightfield.timed import Timed
from phenolens.screens.simulator.growth import course

LAYOUT = Brightfield(
    seed=4, size=96, cell_lines=2, batches=1, mechanisms=13, compounds=1, doses=4, sites=1,
    times=(0.0, 24.0, 48.0),
)  # fmt: skip
WELLS = [LAYOUT._film(well) for well in LAYOUT._all_wells()]


def _of(moa: str, line: int = 0) -> list[Timed]:
    """Return the wells of a mechanism, weakest dose first."""
    found = [w for w in WELLS if w.drug and w.drug.moa == moa and w.well.line == line]
    return sorted(found, key=lambda w: w.well.concentration)


def test_a_higher_dose_acts_earlier_and_more() -> None:
    for moa in ("CDK inhibitors", "BH3 mimetics"):
        responses = [w.response(nominal=True) for w in _of(moa)]
        assert (np.diff([r.strength for r in responses]) > 0).all()
        assert (np.diff([r.onset for r in responses]) < 0).all()
        grown = [course(w.growth(w.conditions(1, 0.0)), r, 72.0).grown(72.0)
                 for w, r in zip([_of(moa)[0]] * 4, responses, strict=True)]  # fmt: skip
        assert (np.diff(grown) < 0).all()


def test_controls_grow_at_the_rate_of_the_line_up_to_the_well() -> None:
    for line in (0, 1):
        wells = [w for w in WELLS if w.drug is None and w.well.line == line]
        rates = [w.growth(w.conditions(1, 0.0)).rate for w in wells]
        assert np.mean(rates) == pytest.approx(np.log(2) / doubling(4, line), rel=0.05)


def test_truth_is_of_an_average_batch() -> None:
    well = _of("Proteasome inhibitors")[-1]
    assert well.truth()["effect"] == "cytotoxic"
    assert well.response().strength != well.response(nominal=True).strength
    assert replace(well, strength=0.0).response() == well.response(nominal=True)
    shape = _of("ROCK inhibitors")[-1].truth()
    assert shape["effect"] == "none"
    assert shape["changes_shape"]
    assert 0.5 <= float(shape["true_onset"]) < 5
    idle = _of("Antivirals")[-1].truth()
    assert (idle["effect"], idle["changes_shape"]) == ("none", False)
    assert np.isnan(idle["true_onset"])


def test_looks_change_after_the_onset_and_not_before() -> None:
    well = _of("ROCK inhibitors")[-1]
    untreated = replace(well, drug=None)
    longer = []
    for hour in (0.0, 24.0):
        factors = well.conditions(1, hour)
        response = well.response()
        expected = course(well.growth(factors), response, hour)
        now = well.appearance(factors, response, expected, hour)
        same = untreated.appearance(factors, untreated.response(), expected, hour)
        longer.append(now.protrusion / same.protrusion)
    assert longer[0] == 1.0
    assert longer[1] > 1.8
