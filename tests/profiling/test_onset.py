from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.onset import Onset
from phenolens.trajectories.table import names_of

TIMES = np.arange(-8.0, 44, 2)


@pytest.fixture
def made() -> Profiles:
    rng = np.random.default_rng(2)
    rows = [("p", f"D{i}", "DMSO", np.nan) for i in range(6)]
    rows += [("p", f"X{d}{i}", "x", float(d)) for d in (1, 10) for i in range(3)]
    rows += [("p", f"Y{i}", "y", 1.0) for i in range(3)]
    meta = pd.DataFrame(rows, columns=["plate", "well", "compound", "concentration"])
    meta = meta.assign(control=meta["compound"] == "DMSO")
    root = 5 + 0.5 * rng.normal(size=(len(meta), len(TIMES)))
    root[meta["concentration"] == 10] += np.where(TIMES >= 12, 6, 0)
    return Profiles(meta=meta, features=root**2, names=names_of(TIMES))


def test_each_treatment_has_its_onset_and_the_others_a_note(made: Profiles) -> None:
    step = Onset()
    found = step(made)
    np.testing.assert_array_equal(found.features, made.features)
    onset = found.meta.groupby(["compound", "concentration"])["onset"].agg(["min", "max"])
    assert onset.loc[("x", 10.0)].tolist() == [12, 12]
    assert onset.loc[[("x", 1.0), ("y", 1.0)]].isna().all(axis=None)
    assert set(found.meta.loc[found.meta["compound"] == "y", "onset_note"]) == {
        "no departure from the controls"
    }
    assert set(found.meta.loc[found.meta["control"], "onset_note"]) == {"a control"}
    facts = found.provenance[-1]["facts"]
    assert (facts["treatments"], facts["with_onset"], facts["frames_before"]) == (3, 1, 4)
    assert facts["notes"] == {"no departure from the controls": 2}
    assert step.fit(made) is step
    twice = step(found)
    pd.testing.assert_frame_equal(twice.meta, found.meta)


def test_no_frame_before_the_drug_is_no_onset(made: Profiles) -> None:
    late = replace(made, names=names_of(TIMES + 8))
    none = Onset(draws=5)(late).meta
    assert none["onset"].isna().all()
    assert "no frames before the drug was added" in set(none["onset_note"])
    zero = Onset(draws=5, zero_is_before=True)(late).meta
    assert zero.loc[zero["concentration"] == 10, "onset"].tolist() == [20, 20, 20]


def test_a_curve_without_a_plate_has_no_matched_controls(made: Profiles) -> None:
    meta = made.meta.assign(plate=made.meta["plate"].mask(made.meta["compound"] == "y"))
    with pytest.raises(InputError, match=r"no 'plate' in well Y0.*`controls_same`"):
        Onset(draws=5)(replace(made, meta=meta))
    assert Onset(draws=5, controls_same=())(replace(made, meta=meta)).meta["onset"].notna().any()


def test_the_rule_of_the_paper_is_one_onset_per_drug(made: Profiles) -> None:
    found = Onset(rule="dose_spread", draws=10)(made).meta
    x = found[found["compound"] == "x"]
    assert x["onset"].nunique() == 1
    assert abs(x["onset"].iloc[0] - 12) <= 4
    y = found[found["compound"] == "y"]
    assert y["onset"].isna().all()
    assert y["onset_note"].str.startswith("one dose").all()


def test_what_is_no_distance_is_refused(made: Profiles) -> None:
    with pytest.raises(InputError, match=r"alpha: must be from 1e-06 to 0\.5"):
        Onset(alpha=0.9)
    with pytest.raises(InputError, match="expected trajectories"):
        Onset()(replace(made, names=tuple(f"f{i}" for i in range(len(TIMES)))))
    with pytest.raises(InputError, match="needs distances; 'hours_-8' is -1"):
        Onset()(replace(made, features=made.features * 0 - 1))
