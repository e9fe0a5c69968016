from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.neighbours.correlation import standard_rows


def made() -> Profiles:
    meta = pd.DataFrame(
        {"treatment": ["a", None, "c", "d"], "well": list("1234"), "control": [0, 0, 0, 1]}
    )
    meta["control"] = meta["control"].astype(bool)
    return Profiles(meta=meta, features=np.random.default_rng(0).normal(size=(4, 9)))


def test_products_are_pearsons_correlations() -> None:
    profiles = made()
    x = standard_rows(profiles, "grit")
    for i in range(4):
        for j in range(4):
            wanted = pearsonr(profiles.features[i], profiles.features[j])[0]
            assert x[i] @ x[j] == pytest.approx(wanted, abs=1e-6)


def test_a_row_whose_features_are_equal_is_named() -> None:
    profiles = made()
    x = profiles.features.copy()
    x[2] = 7
    with pytest.raises(InputError, match=r"grit: all features of .*\(row 4\) are equal"):
        standard_rows(Profiles(meta=profiles.meta, features=x), "grit")
