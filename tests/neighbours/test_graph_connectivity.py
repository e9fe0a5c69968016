from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.neighbours.graph_connectivity import graph_connectivity
from phenolens.neighbours.nearest import k_nearest


@pytest.mark.parametrize("k", [3, 4, 6])
def test_as_scib_has_it(k: int, scib: dict[str, Any], scib_table: Profiles) -> None:
    """scib 1.1.7 on scanpy's graph, which counts the row itself among the neighbours."""
    near = k_nearest(scib_table.features.astype(np.float64), k - 1, "cosine")[0]
    code = pd.factorize(scib_table.meta["moa"])[0]
    assert graph_connectivity(near, code) == pytest.approx(scib["graph_connectivity"][str(k)])


def test_by_hand() -> None:
    """0-1-2 hang together by two edges, of which one is given one way only; 3 is alone."""
    near = np.array([[1], [2], [-1], [4], [3], [3]])
    assert graph_connectivity(near, np.zeros(6, dtype=np.int64)) == 3 / 6
    assert graph_connectivity(near, np.array([0, 0, 0, 1, 0, 1])) == pytest.approx((3 / 4 + 1) / 2)
    assert graph_connectivity(near, np.array([0, 1, 0, 1, 0, -1])) == pytest.approx(
        (1 / 3 + 1 / 2) / 2
    )
    assert graph_connectivity(np.full((3, 2), -1), np.arange(3)) == 1
