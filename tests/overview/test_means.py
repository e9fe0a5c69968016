"""Means over seeds, the best first, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from tests.overview.conftest import VALUES

from phenolens.overview.compared import Compared
from phenolens.overview.means import means


def test_seeds_are_averaged_and_the_best_is_first(compared: Compared) -> None:
    found = means(compared)
    assert [one.name for one in found["nsc"]] == [*VALUES, "intensity", "cell count"]
    assert [one.name for one in found["leak"]] == [*VALUES, "intensity", "cell count"]
    best = found["nsc"][0]
    assert best.value == pytest.approx(0.8)
    assert best.seeds == pytest.approx((0.79, 0.81))
    assert (best.low, best.high) == pytest.approx((0.7, 0.9))
    assert best.sd == pytest.approx(0.01 * math.sqrt(2))
    assert (best.own, best.baseline, best.n) == (True, False, 50)
    last = found["nsc"][-1]
    assert (last.own, last.baseline) == (False, True)
    assert math.isnan(last.low)
    assert math.isnan(last.sd)


def test_what_has_no_value_is_last(compared: Compared) -> None:
    table = compared.table.copy()
    table.loc[(table["cell"] == "byol+multi") & (table["score"] == "leak"), "value"] = math.nan
    found = means(replace(compared, table=table))
    assert [one.name for one in found["leak"]][-1] == "byol+multi"


def test_several_baselines_of_a_title_are_named_by_their_choices(compared: Compared) -> None:
    table = compared.table
    twice = table[table["cell"] == "intensity"]
    more = [twice.assign(crops=name) for name in ("one", "multi")]
    other = pd.concat([table[table["cell"] != "intensity"], *more])
    names = {one.name for one in means(replace(compared, table=other))["nsc"]}
    assert {"intensity (one)", "intensity (multi)", "cell count"} < names


def test_a_baseline_with_a_run_of_its_own_is_a_cell(compared: Compared) -> None:
    table = compared.table.copy()
    table.loc[table["cell"] == "intensity", "total_seconds"] = 3.0
    found = {one.name: one for one in means(replace(compared, table=table))["nsc"]}
    assert (found["intensity"].own, found["intensity"].baseline) == (True, True)
