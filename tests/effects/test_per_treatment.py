from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.effects.per_treatment import Treatments

SAME = ("compound", "concentration", "cell_line")


def table(**columns: list[object]) -> Profiles:
    meta = pd.DataFrame({"compound": ["b", "a", "b", "DMSO"], "concentration": [1.0, 2, 1, np.nan]})
    meta = meta.assign(control=meta["compound"] == "DMSO", **columns)
    return Profiles(meta=meta, features=np.zeros((4, 1)))


def test_curves_of_a_treatment_are_one_row_and_controls_none() -> None:
    made = Treatments.of(table(effect=["x", None, "x", "y"]), SAME, ("effect",), "it")
    assert made.table["compound"].tolist() == ["a", "b"]
    assert made.known("effect")["compound"].tolist() == ["b"]
    assert made.unit == "compound"


def test_two_classes_of_one_treatment_are_refused() -> None:
    with pytest.raises(InputError, match=r"it: compound=b, concentration=1.0 has several values"):
        Treatments.of(table(effect=["x", "x", "y", "y"]), SAME, ("effect",), "it")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="it needs a column 'effect'"):
        Treatments.of(table(), SAME, ("effect",), "it")
    controls = table(effect=["x"] * 4).take(np.array([3]))
    with pytest.raises(InputError, match="all are controls"):
        Treatments.of(controls, SAME, ("effect",), "it")
