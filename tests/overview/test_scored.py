"""The sections about the scores: in order, and left out where there is nothing to show."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from phenolens.overview.compared import Compared
from phenolens.overview.means import means
from phenolens.overview.scored import scored


def test_sections_are_in_order(compared: Compared) -> None:
    found = scored(compared, means(compared))
    assert [part.id for part in found] == ["ranking", "critical", "matrix", "factors", "cost"]
    bare = replace(compared, differences=pd.DataFrame(), effects=pd.DataFrame())
    assert [part.id for part in scored(bare, means(bare))] == ["ranking", "cost"]
