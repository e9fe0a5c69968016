"""Values that are not finite are counted, and the first one is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.not_finite import NotFinite
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def test_the_first_in_the_table_is_named_whatever_was_read_first() -> None:
    meta = pd.DataFrame({"plate": ["p"] * 4, "well": ["A01", "A02", "A03", "A04"]})
    bad = NotFinite(Profiles(meta, np.empty((4, 0), np.float32)), ["a", "b"])
    bad.look(["b"], 0, np.ones((4, 1), np.float32))
    bad.refuse()
    bad.look(["b"], 2, np.array([[np.nan], [1]], np.float32))
    bad.look(["a"], 0, np.array([[1], [np.inf]], np.float32))
    assert bad.values == 2
    with pytest.raises(InputError, match=r"'a' is inf in plate p, well A02.*\(2 such values\)"):
        bad.refuse()
