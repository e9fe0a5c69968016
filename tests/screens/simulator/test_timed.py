from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.screens.simulator.consequences import DOUBLING
from phenolens.screens.simulator.growth import course
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.synthetic import Synthetic

LAYOUT = Synthetic(
    seed=4, size=96, mechanisms=14, compounds=1, doses=3, batches=1, replicates=1, sites=1,
    times=(0.0, 24.0),
)  # fmt: skip
WELLS = [LAYOUT._film(well) for well in LAYOUT._all_wells()]
COMPOUNDS = {(w.compound.moa, w.well.concentration): w for w in WELLS if w.compound}


def test_truth_of_a_well() -> None:
    for (moa, _), well in COMPOUNDS.items():
        truth = well.truth()
        assert truth["effect"] in {"cytotoxic", "cytostatic", "mixed", "none"}
        assert truth["true_onset"] == pytest.approx(well.response(nominal=True).onset, abs=1e-3)
        if moa in {"Epithelial", "Myosin inhibitors"}:
            assert (truth["effect"], truth["changes_shape"]) == ("none", True)
    control = next(w for w in WELLS if w.compound is None)
    assert control.truth()["effect"] == "DMSO"
    rate = np.mean([w.growth(w.conditions(1, 0.0)).rate for w in WELLS])
    assert rate == pytest.approx(np.log(2) / DOUBLING, rel=0.03)


def test_looks_change_after_the_onset_and_counts_come_from_the_lives() -> None:
    moa, dose = max(key for key in COMPOUNDS if key[0] == "Myosin inhibitors")
    well = replace(COMPOUNDS[moa, dose], strength=0.0)
    factors, response = well.conditions(1, 24.0), well.response()
    expected = course(well.growth(factors), response, 24.0)
    before, after = (well.phenotype(factors, response, expected, h) for h in (0.0, 24.0))
    assert before.fibres == pytest.approx(Phenotype().fibres)
    assert after.fibres < 0.4 * before.fibres
    assert after.density / before.density == pytest.approx(
        expected.grown(24.0) / expected.grown(0.0)
    )


def test_the_focus_drifts_and_strength_zero_leaves_it_alone() -> None:
    well = WELLS[0]
    blur = [well.conditions(1, h).blur[0] for h in (0.0, 10.0, 23.0)]
    assert len(set(blur)) == 3
