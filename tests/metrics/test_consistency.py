from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.consistency import Consistency


def test_worked_by_hand(circle: Profiles) -> None:
    """By angle: a1 0, a2 10, b1 14, t1 20 (X), d1 45, c1 90, c2 100 (Y), e1 200, f1 205 (Z).

    X finds X of other compounds among Y and Z. a1: b1, t1: 1. a2: b1, t1: 1. b1: a2, t1, a1: 1.
    t1: b1, a2, a1: 1. Y: d1 at 45: t1 25, b1 31, a2 35, a1 45 tie c1 45, c2 55.
    c1 and c2 find d1 alone: 1 each (the other dose of C is neither). Z: 1.
    """
    score = Consistency()(circle)
    value = dict(zip(score.rows["moa"], score.rows["value"], strict=True))
    tied = (1 / 4 + 1 / 5) / 2  # c1 before a1 or after it
    assert value["X"] == pytest.approx(1)
    assert value["Z"] == pytest.approx(1)
    assert value["Y"] == pytest.approx(np.mean([1, 1, (tied + 2 / 6) / 2]), abs=0.01)
    assert score.value == pytest.approx(np.mean(list(value.values())))


def test_a_truth_of_one_compound_has_no_positive() -> None:
    meta = pd.DataFrame({"moa": list("xxyy"), "compound": ["a", "b", "c", "c"]})
    score = Consistency(distance="euclidean")(Profiles(meta=meta, features=np.arange(4.0)[:, None]))
    assert score.rows["moa"].tolist() == ["x"]
    assert "queries without a positive or a negative left out: 2" in score.notes
    with pytest.raises(InputError, match="consistency needs a column 'target'"):
        Consistency(same="target")(Profiles(meta=meta, features=np.ones((4, 1))))


def test_several_moa_of_lincs(lincs_plate: Profiles) -> None:
    """As copairs' multilabel has it (test_average_precision.py): 8 mechanisms, 108 queries."""
    score = Consistency()(lincs_plate)
    assert score.value == pytest.approx(0.155, abs=1e-3)
    assert (score.n, score.figures["queries"]) == (8, 108)
