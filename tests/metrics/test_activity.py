from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.activity import Activity


@pytest.fixture
def plates() -> Profiles:
    """On a line; controls D at 1 and 6 on plate 0, at 40 and 41 on plate 1.

    s at 0 and 2 on plate 0 and at 3 on plate 1; t at 5 on plate 0 and at 100 on plate 1.
    """
    meta = pd.DataFrame(
        {
            "treatment": ["D", "D", "D", "D", "s", "s", "s", "t", "t"],
            "plate": [0, 0, 1, 1, 0, 0, 1, 0, 1],
        }
    )
    meta = meta.assign(compound=meta["treatment"], control=meta["treatment"] == "D")
    return Profiles(meta=meta, features=np.array([1.0, 6, 40, 41, 0, 2, 3, 5, 100])[:, None])


def test_worked_by_hand(plates: Profiles) -> None:
    """s at 0: D (1), s (2), s (3), D (6): 1/2, 2/3.  s at 2: s at 3 ties with D at 1, s at 0, D.

    s at 2: 1 or 1/2, then 2/3.  s at 3 (plate 1): s, s, before its controls: 1.
    t at 5: D, D, t: 1/3.  t at 100: D (41), D (40), t: 1/3. Other treatments do not count.
    """
    score = Activity(distance="euclidean")(plates)
    value = dict(zip(score.rows["treatment"], score.rows["value"], strict=True))
    assert value["s"] == pytest.approx(np.mean([7 / 12, (3 / 4 + 2 / 3) / 2, 1]))
    assert value["t"] == pytest.approx(1 / 3)
    assert score.n == 2


def test_replicates_may_be_asked_to_lie_apart(plates: Profiles) -> None:
    """s at 0: D, s at 3 of plate 1: 1/2.  s at 2: s at 3 ties with D: 3/4.  s at 3: 1."""
    score = Activity(distance="euclidean", differ=("plate",))(plates)
    value = dict(zip(score.rows["treatment"], score.rows["value"], strict=True))
    assert value["s"] == pytest.approx(np.mean([1 / 2, 3 / 4, 1]))


def test_without_plates_all_controls_count(plates: Profiles) -> None:
    """t at 5: D, D, D, D before t at 100: 1/5.  t at 100: D, D, D at 6, then t at 5: 1/4."""
    bare = replace(plates, meta=plates.meta.drop(columns="plate"))
    score = Activity(distance="euclidean")(bare)
    value = dict(zip(score.rows["treatment"], score.rows["value"], strict=True))
    assert value["t"] == pytest.approx((1 / 5 + 1 / 4) / 2)
    assert "no column 'plate': compared with all negative controls" in score.notes


def test_a_plate_without_controls_is_left_out_and_said(plates: Profiles) -> None:
    meta = plates.meta.copy()
    meta.loc[meta["plate"] == 1, "control"] = False
    score = Activity(distance="euclidean")(replace(plates, meta=meta))
    assert "queries without a positive or a negative left out: 4" in score.notes


def test_what_is_missing_is_said(plates: Profiles) -> None:
    treated = plates.take(~plates.meta["control"].to_numpy())
    with pytest.raises(InputError, match="activity needs negative controls"):
        Activity()(treated)
    with pytest.raises(InputError, match="both in `same` and in `differ`"):
        Activity(differ=("treatment",))(plates)


def test_of_cpjump1(jump_plates: Profiles) -> None:
    """Three plates of 48 h; the study's own 0.578 is of four, one of which is not here."""
    first = jump_plates.meta["plate"].isin(jump_plates.meta["plate"][:1152]).to_numpy()
    score = Activity()(jump_plates.take(first))
    assert score.value == pytest.approx(0.571, abs=1e-3)
    assert score.n == 306
    assert score.figures["fraction_retrieved"] == pytest.approx(0.516, abs=0.02)
