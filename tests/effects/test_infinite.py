from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.effects.infinite import refuse_infinite


def test_nan_may_stay_and_infinity_is_named() -> None:
    x = np.array([[np.nan, 1.0], [2.0, 3.0]])
    meta = pd.DataFrame({"plate": ["p", "p"], "well": ["A1", "A2"]})
    refuse_infinite(Profiles(meta=meta, features=x), "it")
    x[1, 1] = -np.inf
    with pytest.raises(InputError, match=r"it needs finite features; 'f0001' is -inf in plate p"):
        refuse_infinite(Profiles(meta=meta, features=x), "it")
    with pytest.raises(InputError, match="it needs at least one feature"):
        refuse_infinite(Profiles(meta=meta, features=x[:, :0]), "it")
