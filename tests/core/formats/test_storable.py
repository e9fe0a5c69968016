"""Text that a format cannot hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.parts import Parts
from phenolens.core.formats.storable import refuse_unstorable


@pytest.mark.parametrize("kind", [object, "category"])
def test_the_column_and_the_value_are_named(kind: object) -> None:
    meta = pd.DataFrame({"plate": ["p", None], "compound": ["a\0b", "c"], "dose": [1.0, 2.0]})
    parts = Parts(meta.astype({"compound": kind}), np.ones((2, 1), np.float32), ("f",))
    refuse_unstorable(parts, ".parquet")
    with pytest.raises(InputError, match=r"column 'Metadata_\w+' has 'a\\x00b', .* a NUL"):
        refuse_unstorable(parts, ".csv")
