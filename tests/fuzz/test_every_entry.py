"""Every step and metric, audit and tune on odd tables: an answer that no order moves, or one line.

12 tables in every run of the tests, with some of the entries; `PHENOLENS_FUZZ=300` makes so many
tables with all of them, and `PHENOLENS_FUZZ_SEED=7` others.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.fuzz.odd_profiles import OddTable, odd_tables, other_types

from phenolens.audit.audit import audit
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.score import Score
from phenolens.metrics.base import example_of
from phenolens.tune.tune import tune

TABLES = int(os.environ.get("PHENOLENS_FUZZ", "0"))
SEED = os.environ.get("PHENOLENS_FUZZ_SEED", "")
LONG = TABLES > 30
CHAINS: list[Any] = [(), ({"step": "standardize", "on": "all"},), ({"step": "sphere"},)]


def seeded(test: Callable[..., None]) -> Callable[..., None]:
    """Return the test with the seed of the environment, if there is one."""
    made: Callable[..., None] = seed(int(SEED))(test) if SEED else test
    return made


def _entries() -> Iterator[tuple[str, Callable[[Profiles], Any]]]:
    for name, entry in catalogue("profiling").items():
        maker: Any = entry.load()
        for i, step in enumerate(maker.examples()):
            yield f"{name}-{i}", step
    for name, entry in catalogue("metrics").items():
        yield name, example_of(entry.load())
    yield "audit", lambda profiles: _audited(profiles)
    yield "tune", lambda profiles: _tuned(profiles)


def _audited(profiles: Profiles) -> dict[str, Any]:
    made = audit(profiles)
    return {"verdict": made.verdict, "findings": [str(f) for f in made.findings]}


def _tuned(profiles: Profiles) -> dict[str, Any]:
    made = tune(profiles, CHAINS)
    return {"chain": made.chain, "value": made.nested.value, "notes": made.notes}


ENTRIES = dict(_entries())


def outcome(entry: Callable[[Profiles], Any], profiles: Profiles) -> Any:
    """Return the answer, or the line that is shown; anything else that is raised fails."""
    try:
        return entry(profiles)
    except InputError as error:
        return error


def alike(one: Any, other: Any, order: np.ndarray) -> None:
    """Hold that two answers are one, the second of rows in another order."""
    if isinstance(one, InputError) or isinstance(other, InputError):
        assert isinstance(one, InputError), other
        assert isinstance(other, InputError), one
    elif isinstance(one, Profiles):
        same_rows(one, other, order)
    elif isinstance(one, Score):
        same_score(one, other)
    else:
        assert other == pytest.approx(one) if isinstance(one, float) else one == other


def same_rows(one: Profiles, other: Profiles, order: np.ndarray) -> None:
    assert one.names == other.names
    assert len(one) == len(other)
    if len(one) == len(order) and _values(one.take(order)) == _values(other):
        one = one.take(order)  # a step that keeps the rows
    if len(one) < len(order) and set(one.meta) == {*one.meta, *other.meta}:
        one, other = sorted_rows(one), sorted_rows(other)  # it may drop rows, and keep their order
    assert _values(one) == _values(other)
    size = np.abs(one.features.astype(np.float64)).max(axis=0, initial=0)
    size = np.maximum(size, 1e-6 * size.max(initial=1e-30))  # a column of rounding alone is 0
    np.testing.assert_allclose(one.features / size, other.features / size, atol=1e-3)


def sorted_rows(profiles: Profiles) -> Profiles:
    rows = [str([*row]) for row in zip(*_values(profiles).values(), strict=True)]
    keys = [(row, *x) for row, x in zip(rows, profiles.features.tolist(), strict=True)]
    return profiles.take(np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64))


def _values(profiles: Profiles) -> dict[str, list[Any]]:
    return {
        name: [None if pd.isna(v) else v for v in profiles.meta[name]] for name in profiles.meta
    }


def same_score(one: Score, other: Score) -> None:
    assert (one.hits, one.n) == (other.hits, other.n)
    assert one.notes == other.notes
    for key in ("value", "low", "high", "null", "null_high", "p"):
        here, there = getattr(one, key), getattr(other, key)
        assert there == pytest.approx(here, abs=1e-6, rel=1e-5, nan_ok=True), key
    assert set(one.figures) == set(other.figures)
    for key, value in one.figures.items():
        assert other.figures[key] == pytest.approx(value, abs=1e-5, rel=1e-4, nan_ok=True), key
    assert math.isfinite(one.value)
    assert len(one.rows) == len(other.rows)


@seeded
@given(data=st.data(), table=odd_tables())
@settings(
    max_examples=TABLES or 12,
    derandomize=not SEED,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
def test_no_order_and_no_type_changes_an_answer(data: st.DataObject, table: OddTable) -> None:
    few = st.lists(st.sampled_from(list(ENTRIES)), min_size=3, max_size=3, unique=True)
    names = list(ENTRIES) if LONG else data.draw(few)
    order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(len(table.meta))
    hold(names, table, data.draw(other_types(table)), order)


def hold(names: Iterable[str], table: OddTable, retyped: OddTable, order: np.ndarray) -> None:
    """Hold that the entries answer alike for rows in another order and columns of other types."""
    profiles, other = Profiles(**vars(table)), Profiles(**vars(retyped))
    for name in names:
        entry = ENTRIES[name]
        one = outcome(entry, profiles)
        alike(one, outcome(entry, profiles.take(order)), order)
        alike(one, outcome(entry, other), np.arange(len(profiles)))
    np.testing.assert_array_equal(profiles.features, table.features)
