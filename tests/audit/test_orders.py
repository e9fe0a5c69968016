from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from phenolens.audit.columns import columns_of
from phenolens.audit.orders import trace_orders, trace_running


@pytest.fixture
def meta() -> pd.DataFrame:
    """Forty compounds of eight mechanisms, one row each: nothing to be constant within."""
    return pd.DataFrame(
        {
            "compound": [f"c{k}" for k in range(40)],
            "moa": [f"m{(7 * k) % 8}" for k in range(40)],
            "dose": np.random.default_rng(0).exponential(size=40),
        }
    )


def ordered(values: np.ndarray, meta: pd.DataFrame) -> list[tuple[str, float]]:
    x = np.asarray(values, dtype=np.float64)[:, None]
    found = trace_orders(x, meta, columns_of(meta), np.ones(1, dtype=bool))
    return [(trace.column, round(trace.figure, 9)) for trace in found]


def test_codes_in_the_order_of_names_mechanisms_or_numbers_are_named(meta: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    assert ordered(np.exp(np.arange(40) / 9), meta) == [("compound", 1.0)]
    by_moa = meta.sort_values(["moa", "compound"], key=lambda s: s.str[1:].astype(int)).index
    codes = np.argsort(by_moa.to_numpy())  # as WS-DINO numbers them
    assert ordered(-0.3 * codes, meta) == [("compound", 1.0)]
    assert ordered(np.log(meta["dose"].to_numpy()), meta) == [("dose", 1.0)]
    assert ordered(rng.normal(size=40), meta) == []


def test_the_figure_is_spearmans_correlation(meta: pd.DataFrame) -> None:
    x = np.arange(40.0) + np.random.default_rng(3).normal(size=40)
    ((name, figure),) = ordered(x, meta)
    assert name == "compound"
    assert figure == pytest.approx(spearmanr(x, np.arange(40)).statistic)


def test_too_few_rows_come_into_order_by_chance(meta: pd.DataFrame) -> None:
    assert ordered(np.arange(15.0), meta.iloc[:15]) == []


def test_a_running_number_is_known_by_its_equal_steps_in_any_order() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack(
        [rng.permutation(50) * 0.01 + 3, np.sort(rng.normal(size=50)), rng.integers(0, 9, 50)]
        + [rng.normal(size=50) for _ in range(5)]
    )
    asked = np.ones(8, dtype=bool)
    assert [trace.feature for trace in trace_running(x, asked)] == [0]
    ranks = np.argsort(np.argsort(x, axis=0), axis=0).astype(float)
    assert trace_running(ranks, asked) == []  # every feature is: they are ranks
