"""What is asked again, and how it is summed up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.calls.knock_outs import Asked, Asks, figures
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.progress import uncounted

Planted = Callable[..., Profiles]


class Mirror:
    """Gives the embeddings of the run again, changed by what it is told to change."""

    def __init__(self, table: Profiles, tiles: int) -> None:
        self.table, self.tiles = table, tiles

    def embed(self, rows: np.ndarray, change: Any, progress: Any) -> Profiles:
        progress(len(rows), len(rows))
        at = (rows[:, None] * self.tiles + np.arange(self.tiles)).ravel()
        made = self.table.take(at)
        return Profiles(meta=made.meta, features=change(made.features.copy()))


def test_each_change_is_a_row_per_call_with_its_kinds(planted: Planted) -> None:
    table = planted(effect=6.0)
    asked = Asked.of(table, Asks(same="treatment", most=99))

    def without(features: np.ndarray) -> np.ndarray:
        features[:, 1] = 0
        return features

    changes: Any = {
        "feature 1": {"lost": without, "alone": lambda x: x},
        "nothing": {"lost": lambda x: x, "lost_chance": lambda x: x},
    }
    seen: Any = Mirror(table, 2)
    rows = asked.again(seen, changes, "taken", lambda _: nullcontext(uncounted))
    up = rows[rows["treatment"] == "up"].set_index("taken")
    assert up.loc["feature 1", "lost"] == pytest.approx(1, abs=0.3)
    assert up.loc["feature 1", "alone"] == pytest.approx(1)
    assert up.loc["nothing", "lost"] == pytest.approx(0, abs=1e-9)
    assert up.loc["nothing", "lost_chance"] == pytest.approx(0, abs=1e-9)
    assert asked.note(rows).startswith("1 of 2 calls")


def test_figures_are_medians_over_real_calls_alone() -> None:
    rows = pd.DataFrame(
        {
            "moa": ["a", "b", "c"] * 2,
            "taken": ["x"] * 3 + ["y"] * 3,
            "lost": [0.2, 0.4, 9.0, 0.1, 0.3, 9.0],
            "lost_chance": [0.0, 0.1, 9.0, 0.0, 0.2, 9.0],
            "p_holm": [0.01, 0.02, 0.5] * 2,
        }
    )
    made = figures(rows, "taken", ("x", "y"))
    assert made == pytest.approx(
        {"lost_x": 0.3, "lost_x_chance": 0.05, "lost_y": 0.2, "lost_y_chance": 0.1}
    )
    none = figures(rows.assign(p_holm=0.9), "taken", ("x",))
    assert all(np.isnan(value) for value in none.values())


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="most"):
        Asks(most=0)
    with pytest.raises(InputError, match="seed"):
        Asks(seed=-1)
