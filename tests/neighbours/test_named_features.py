from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.neighbours.named_features import named_features


def test_one_by_name_or_all() -> None:
    made = Profiles(
        meta=pd.DataFrame({"well": ["A01", "A02"]}),
        features=np.array([[1.0, 2.0], [3.0, 4.0]]),
        names=("area", "light"),
    )
    assert named_features(made, "light", "z_prime").tolist() == [[2.0], [4.0]]
    assert np.array_equal(named_features(made, "", "z_prime"), made.features)
    with pytest.raises(InputError, match=r"z_prime.feature: no feature 'size'; there are 2"):
        named_features(made, "size", "z_prime")
