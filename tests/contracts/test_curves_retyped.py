"""What is computed of curves does not depend on the order of rows or the types of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.metrics.base import example_of
from phenolens.profiling.onset import Onset
from phenolens.profiling.trajectories import Trajectories


def retyped(meta: pd.DataFrame) -> pd.DataFrame:
    """Numbers as text, a flag as words, compounds as categories in the wrong order."""
    numbers = ("plate", "batch", "replicate", "time", "concentration")
    written = {n: meta[n].map(lambda v: None if pd.isna(v) else f"{v:g}") for n in numbers}
    compound = pd.Categorical(meta["compound"], sorted(set(meta["compound"]))[::-1])
    control = meta["control"].map({True: "yes", False: "no"})
    return meta.assign(**written, control=control, compound=compound)


def _entries() -> Iterator[Any]:
    for name, entry in catalogue("profiling").items():
        maker: Any = entry.load()
        if maker.example_table != "wells":
            yield pytest.param(maker.examples()[0], id=name)
    for name, entry in catalogue("metrics").items():
        made = example_of(entry.load())
        if getattr(made, "example_table", "wells") != "wells":
            yield pytest.param(made, id=name)


def _answer(entry: Any, curves: Profiles) -> list[Any]:
    """Return what is computed, to the last bit."""
    table = curves
    if entry.example_table == "trajectories":
        table = Trajectories()(curves)
        table = table if isinstance(entry, Onset) else Onset(draws=2)(table)
    made = entry(table)
    if isinstance(made, Profiles):
        added = [n for n in made.meta if n not in curves.meta]
        by_row = made.meta.assign(_=[row.tobytes() for row in made.features])
        by_row = by_row.assign(plate=by_row["plate"].astype(str), time=by_row.get("time", 0))
        by_row = by_row.assign(time=by_row["time"].astype(float))
        by_row = by_row.sort_values(["plate", "well", "time"])
        return [made.names, by_row["_"].tolist(), by_row[added].fillna("none").values.tolist()]
    figures = [made.value, made.low, made.high, made.null, made.p, *made.figures.values()]
    return [repr(figures), made.n, made.notes, made.rows["value"].to_numpy().tobytes()]


@pytest.mark.parametrize("entry", list(_entries()))
def test_order_and_types_change_no_bit(entry: Any, curves: Profiles) -> None:
    number = {n: curves.meta[n].str[1:].astype(int) + 8 for n in ("plate", "batch")}
    plain = replace(curves, meta=curves.meta.assign(**number))
    order = np.random.default_rng(0).permutation(len(plain))
    other = replace(plain, meta=retyped(plain.meta)).take(order)
    assert _answer(entry, other) == _answer(entry, plain)
