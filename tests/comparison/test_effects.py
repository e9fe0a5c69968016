"""Factor effects, on planted grids of two by two."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.comparison.planted import known, plant, rows_of

from phenolens.comparison.effects import COLUMNS, effects, explained
from phenolens.comparison.measured import Measures

BASE = np.linspace(0, 1, 8)


def of_grid(root: Path, plus: dict[str, float], cost: dict[str, int]) -> pd.DataFrame:
    """Return the effects where every choice adds its own amount."""
    cells = [
        plant(
            root,
            {"m": m, "c": c},
            {"nsc": rows_of(BASE + plus[m] + plus[c])},
            cost={"train_seconds": cost[m]},
        )
        for m, c in product("ab", "pq")
        if m + c in plus or len(plus) == 4
    ]
    cells_known = [known({"m": m, "c": c}) for m, c in product("ab", "pq")]
    return effects(Measures(cells), [*cells_known, known({"m": "a", "c": ""}, name="special")])


def test_the_planted_effects_are_found(tmp_path: Path) -> None:
    found = of_grid(tmp_path, {"a": 0.5, "b": 0, "p": 0, "q": 0.25}, {"a": 6, "b": 2})
    assert tuple(found.columns) == COLUMNS
    nsc = found[found["score"] == "nsc"].set_index("axis")
    assert nsc[["one", "other"]].to_numpy().tolist() == [["a", "b"], ["p", "q"]]
    assert nsc["difference"].tolist() == pytest.approx([0.5, -0.25])
    assert nsc["low"].tolist() == pytest.approx([0.5, -0.25])
    assert (nsc["n"].tolist(), nsc["cells"].tolist()) == ([8, 8], [2, 2])
    assert nsc["p"].tolist() == pytest.approx([2 / 2**8] * 2)
    assert nsc["p_holm"].tolist() == pytest.approx([4 / 2**8] * 2)
    # The means of cells are 0.5, 0.75, 0 and 0.25 above the base: sums of squares 0.25 and 0.0625.
    assert nsc["share"].tolist() == pytest.approx([0.8, 0.2])
    seconds = found[found["score"] == "train_seconds"].set_index("axis")
    assert seconds["difference"].tolist() == pytest.approx([3, 1])
    assert seconds["share"].tolist() == pytest.approx([1, 0])
    assert "process_memory_mb" not in set(found["score"])


def test_a_share_needs_every_combination() -> None:
    cells = {x + y: {"x": x, "y": y} for x, y in product("ab", "12")}
    whole = {"a1": 0.0, "a2": 1.0, "b1": 2.0, "b2": 3.0}
    assert explained(whole, cells, "y") == pytest.approx(0.2)
    assert np.isnan(explained({k: v for k, v in whole.items() if k != "a2"}, cells, "x"))
    assert np.isnan(explained(dict.fromkeys(whole, 0.3), cells, "x"))
    assert np.isnan(explained({}, cells, "x"))
    crossed = {"a1": 0.0, "a2": 1.0, "b1": 1.0, "b2": 0.0}
    assert explained(crossed, cells, "x") == pytest.approx(0)


def test_nothing_has_no_effects(tmp_path: Path) -> None:
    assert effects(Measures(()), ()).empty
    one = plant(tmp_path, {"m": "a"}, {"nsc": rows_of(BASE)})
    assert effects(Measures([one]), [one.cell]).empty
    (row,) = effects(Measures([one]), [one.cell, known({"m": "b"})]).to_dict("records")
    assert row["cells"] == 0
    assert pd.isna(row["difference"])
