"""Units are the same however their cells are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.metrics.knn_accuracy import KnnAccuracy
from phenolens.statistics.units import unit_text


def test_missing_is_one_unit_and_the_rest_is_text() -> None:
    mixed = pd.Series(["a", None, np.nan, pd.NA, pd.NaT, 1], dtype=object)
    assert unit_text(mixed).tolist() == ["a", "nan", "nan", "nan", "nan", "1"]
    assert unit_text(pd.Series([1, None], dtype="Int64")).tolist() == ["1", "nan"]
    assert unit_text(pd.Series(["a", None], dtype="category")).tolist() == ["a", "nan"]


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT])
def test_a_score_is_the_same_however_a_compound_is_missing(missing: object) -> None:
    rng = np.random.default_rng(0)

    def score(one: object, other: object) -> tuple[float, ...]:
        compound = pd.Series(["c3", one, other, "c2", "c1", one, "c0", other], dtype=object)
        meta = pd.DataFrame(
            {"compound": compound, "moa": list("aabbabab"), "plate": list("pqrs") * 2}
        )
        made = KnnAccuracy(differ=("plate",))(Profiles(meta, x, ("f", "g")))
        return made.value, made.low, made.high, made.null

    x = rng.normal(size=(8, 2)).astype(np.float32)
    assert score(missing, np.nan) == score(np.nan, np.nan)
