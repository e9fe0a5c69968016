"""Maps of cells: as many as are drawn, of as many rows, in order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.overview import cell_map
from phenolens.overview.cell_map import lay_out


def profiles(n: int, **columns: object) -> Profiles:
    features = np.random.default_rng(0).normal(size=(n, 3))
    return Profiles(pd.DataFrame({"treatment": [f"t{i}" for i in range(n)], **columns}), features)


def test_the_first_column_that_is_there_gives_the_colours() -> None:
    said: list[str] = []
    several = profiles(6, moa=["a", "b", None, "a", "b", "a"])
    cells = [
        ("none", lambda: None),
        ("few", lambda: profiles(2)),
        ("moa", lambda: several),
        ("plain", lambda: profiles(5)),
    ]
    moa, plain = lay_out(cells, say=said.append)
    assert (moa.cell, moa.column, moa.values) == ("moa", "moa", ["a", "b", None, "a", "b", "a"])
    assert moa.points.shape == (6, 2)
    assert (plain.cell, plain.column) == ("plain", "treatment")
    assert moa.method.startswith("PCA")
    assert len(said) >= 1


def test_only_as_many_as_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_map, "MOST_MAPS", 2)
    monkeypatch.setattr(cell_map, "MOST_POINTS", 5)
    found = lay_out((f"c{i}", lambda: profiles(9)) for i in range(3))
    assert [one.cell for one in found] == ["c0", "c1"]
    assert found[0].values == ["t0", "t2", "t4", "t6", "t8"]
