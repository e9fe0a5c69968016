from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.columns import columns_of
from phenolens.audit.spread import spread
from phenolens.audit.traces import Trace, trace_codes, trace_in_plates


def traced(values: np.ndarray, meta: pd.DataFrame) -> list[Trace]:
    x = np.asarray(values, dtype=np.float64)[:, None]
    columns = columns_of(meta)
    spreads = {column.name: spread(x, column.codes) for column in columns}
    return trace_codes(x, columns, spreads, np.ones(1, dtype=bool))


@pytest.fixture
def meta() -> pd.DataFrame:
    """Ten compounds at two doses, four wells each, five mechanisms; `twin` renames compounds."""
    compound = np.repeat(np.arange(10), 8)
    return pd.DataFrame(
        {
            "compound": [f"c{k}" for k in compound],
            "treatment": [f"c{k}@{i // 4 % 2}" for i, k in enumerate(compound)],
            "moa": [f"m{k % 5}" for k in compound],
            "twin": [f"x{9 - k}" for k in compound],
        }
    )


def test_the_coarsest_column_is_named_with_those_that_part_rows_alike(meta: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    compound = meta["compound"].str[1:].astype(int).to_numpy()
    assert traced(rng.permutation(10)[compound] / 3, meta) == [
        Trace(0, "compound", "constant", 0.0, ("twin",))
    ]
    assert [t.column for t in traced(compound % 5, meta)] == ["moa"]
    dose = pd.factorize(meta["treatment"])[0]
    assert [t.column for t in traced(rng.permutation(20)[dose], meta)] == ["treatment"]


def test_noise_of_a_twentieth_of_the_codes_is_seen_through(meta: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    compound = meta["compound"].str[1:].astype(int).to_numpy()
    (trace,) = traced(compound + 0.05 * rng.normal(size=80), meta)
    assert (trace.kind, trace.column) == ("noisy", "compound")
    assert traced(compound + 1.5 * rng.normal(size=80), meta) == []


def test_a_few_odd_rows_are_no_code(meta: pd.DataFrame) -> None:
    """Zero but in one treatment: three repeats prove nothing; but in two compounds, they do."""
    assert traced((meta["treatment"] == "c3@1").to_numpy(dtype=float), meta) == []
    marked = meta["compound"].isin(["c3", "c4"]).to_numpy(dtype=float)
    assert [t.column for t in traced(marked, meta)] == ["compound"]


def test_few_repeats_prove_nothing() -> None:
    meta = pd.DataFrame({"compound": [f"c{k // 2}" for k in range(20)]})
    assert traced(np.repeat(np.arange(10.0), 2), meta) == []


def test_on_plates_of_their_own_scale_compounds_are_named_first(meta: pd.DataFrame) -> None:
    rng = np.random.default_rng(2)
    meta = meta.assign(plate=[f"p{i % 4}" for i in range(80)])
    plate, compound = np.arange(80) % 4, meta["compound"].str[1:].astype(int).to_numpy()
    x = rng.permutation(10)[compound] * rng.uniform(0.3, 3, 4)[plate] + rng.normal(size=4)[plate]
    everything = np.ones(1, dtype=bool)
    (trace,) = trace_in_plates(x[:, None], columns_of(meta), everything)
    assert (trace.column, trace.kind) == ("compound", "per plate")
    assert trace.figure < 1e-6
    assert "twin" in trace.also
    noise = rng.normal(size=(80, 1))
    assert trace_in_plates(noise, columns_of(meta), everything) == []
    joined = meta.assign(plate="p1|p2")
    joined.loc[0, "plate"] = "p1"
    assert trace_in_plates(x[:, None], columns_of(joined), everything) == []
