"""Contrasts, against loops in float64 that know nothing of arrays."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.comparison.planted import plant, rows_of

from phenolens.comparison.contrasts import Contrast, contrast
from phenolens.comparison.finished import Finished
from phenolens.comparison.matched import Terms, pairs
from phenolens.comparison.measured import Measures


def found(cells: list[Finished], terms: list[Terms], score: str = "nsc") -> Contrast:
    measured = Measures(cells).of(score)
    assert measured is not None
    return contrast(measured, terms)


def test_it_is_what_a_loop_over_pairs_seeds_and_queries_gives(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    value = {
        (m, d, seed): rng.normal(loc=m == "a", size=16)
        for m, d, seed in product("abc", "xy", (0, 1))
    }
    cells = [
        plant(
            tmp_path,
            {"m": m, "d": d},
            {"nsc": rows_of(v, doses=2, prefix=d)},
            seed=seed,
            data=d,  # other compounds: the queries are pooled
        )
        for (m, d, seed), v in value.items()
    ]
    choices = {f"{m}+{d}": {"m": m, "d": d} for m, d in product("abc", "xy")}
    one = found(cells, pairs(choices, {"m": ["a"]}, {"m": ["b", "c"]}))
    gaps = []
    for d in "xy":
        for query in range(16):
            total = 0.0
            for other in "bc":
                mine = (value["a", d, 0][query] + value["a", d, 1][query]) / 2
                theirs = (value[other, d, 0][query] + value[other, d, 1][query]) / 2
                total += (mine - theirs) / 2
            gaps.append(total)
    assert one.difference == pytest.approx(math.fsum(gaps) / 32, rel=1e-12)
    assert (one.n, one.units, one.pairs, one.note) == (32, 16, 4, "")
    same = [
        math.fsum(value["a", d, s]) > math.fsum(value[m, d, s])
        for m, d, s in product("bc", "xy", (0, 1))
    ]
    assert one.agree == sum(same) / 8
    # The spread over compounds, by the formula of the mean of independent units.
    of_unit = np.array(gaps).reshape(16, 2).mean(axis=1)
    se = of_unit.std(ddof=1) / 4
    assert (one.high - one.low) / 2 == pytest.approx(1.96 * se, rel=0.15)
    assert one.p < 0.01


def test_a_query_that_a_pair_lacks_is_the_mean_of_the_others(tmp_path: Path) -> None:
    cells = [
        plant(tmp_path, {"m": m, "c": c}, {"nsc": rows_of(v)})
        for m, c, v in [
            ("a", "p", [1.0, 1, 1]),
            ("b", "p", [0.0, 0.5]),
            ("a", "q", [1.0, 1, 1]),
            ("b", "q", [0.5, 0.5, 0.5]),
        ]
    ]
    choices = {one.cell.name: one.cell.choices for one in cells}
    one = found(cells, pairs(choices, {"m": ["a"]}, {"m": ["b"]}))
    assert one.difference == pytest.approx((0.75 + 0.5 + 0.5) / 3)
    assert one.n == 3
    assert "3 units: p cannot be below 0.25" in one.note


def test_costs_are_compared_by_their_ratio_and_a_shared_training_counts_once(
    tmp_path: Path,
) -> None:
    cells = [
        plant(tmp_path, {"m": m, "c": c}, {"nsc": 0.5}, seed=seed, cost=cost)
        for (m, seed), seconds in {("a", 0): 8, ("a", 1): 4, ("b", 0): 2, ("b", 1): 2}.items()
        for c in "pq"
        for cost in [{"train_seconds": seconds, "total_seconds": seconds}]
    ]
    choices = {one.cell.name: one.cell.choices for one in cells}
    terms = pairs(choices, {"m": ["a"]}, {"m": ["b"]})
    one = found(cells, terms, "train_seconds")
    assert one.row()["difference"] == pytest.approx(math.sqrt(4 * 2))
    gaps = np.log([4.0, 2.0])
    expected = stats.ttest_1samp(gaps, 0).confidence_interval(0.95)  # of two units: Student's
    assert (one.low, one.high) == pytest.approx((expected.low, expected.high))
    assert one.row()["low"] == pytest.approx(math.exp(expected.low))
    assert (one.n, one.units, one.pairs) == (2, 2, 1)
    assert "each of 2 pairs of cells and seeds is a unit" in one.note
    assert found(cells, terms, "total_seconds").n == 4
    assert found(cells, terms, "nsc").difference == 0


def test_controls_are_drawn_by_plate_and_one_unit_has_no_interval(tmp_path: Path) -> None:
    def wells(values: list[float], plates: str) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "compound": "DMSO",
                "plate": [*plates],
                "well": [str(k) for k in range(len(values))],
                "value": values,
            }
        )

    def two(name: str, plates: str) -> Contrast:
        root = tmp_path / name
        cells = [
            plant(root, {"m": "a"}, {"nsc": wells([1, 1, 0, 1], plates)}),
            plant(root, {"m": "b"}, {"nsc": wells([0, 1, 0, 1], plates)}),
        ]
        return found(cells, [Terms(("a",), ("b",))])

    one = two("plates", "ppqq")
    assert (one.n, one.units) == (4, 2)
    assert "plates are the units" in one.note
    one = two("wells", "pppp")
    assert (one.n, one.units) == (4, 1)
    alone = [
        plant(tmp_path, {"m": m}, {"nsc": rows_of(v, doses=2)})
        for m, v in [("a", [1, 1]), ("b", [0, 0])]
    ]
    one = found(alone, [Terms(("a",), ("b",))])
    assert (one.n, one.units, one.difference) == (2, 1, 1)
    assert math.isnan(one.low)
    assert math.isnan(one.p)
    assert "one unit alone: no interval" in one.note


def test_what_is_not_finished_or_not_shared_is_noted(tmp_path: Path) -> None:
    cells = [
        plant(tmp_path, {"m": m}, {"nsc": rows_of(np.arange(7.0) * k, prefix=prefix)}, data=prefix)
        for k, (m, prefix) in enumerate([("a", "x"), ("b", "x"), ("c", "y")])
    ]
    ab, ac, ad = (Terms(("a",), (name,)) for name in "bcd")
    assert "1 of 2 pairs of cells are finished" in found(cells, [ab, ad]).note
    assert "1 of 2 pairs of cells share queries" in found(cells, [ab, ac]).note
    one = found(cells, [ac])  # other data: only the values are left
    assert (one.n, one.difference) == (1, -6)
    assert "no pair of finished cells has nsc" in found(cells, [ad]).note
    assert found(cells, [ad]).pairs == 0
    other_seed = plant(tmp_path, {"m": "d"}, {"nsc": 1.0}, seed=1)
    assert found([*cells, other_seed], [ad]).note == "no pair of cells shares a nsc"


def test_pairs_that_share_a_cell_are_one_unit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    value = {
        (m, d): float(v)
        for (m, d), v in zip(product("abcd", "wxyz"), rng.normal(size=16), strict=True)
    }
    cells = [plant(tmp_path, {"m": m, "d": d}, {"nsc": v}) for (m, d), v in value.items()]
    choices = {one.cell.name: one.cell.choices for one in cells}
    one = found(cells, pairs(choices, {"m": ["a", "b", "c"]}, {"m": ["d"]}))
    of_block = [(sum(value[m, d] for m in "abc") / 3) - value["d", d] for d in "wxyz"]
    expected = stats.ttest_1samp(of_block, 0).confidence_interval(0.95)
    assert one.difference == pytest.approx(np.mean(of_block))
    assert (one.low, one.high) == pytest.approx((expected.low, expected.high))
    assert (one.n, one.units, one.pairs) == (12, 4, 12)
    assert one.note.startswith("12 pairs of cells and seeds; those that share a cell are one unit")
    two = found(cells, pairs(choices, {"m": ["a"]}, {"m": ["b"]}))
    assert (two.n, two.units) == (4, 4)
    alone = found(cells, pairs(choices, {"m": ["a", "b"], "d": ["w"]}, {"m": ["d"], "d": ["w"]}))
    assert (alone.n, alone.units) == (2, 1)
    assert math.isnan(alone.low)


def test_a_ratio_beyond_all_numbers_is_shown_as_the_largest() -> None:
    row = Contrast(difference=1000.0, low=-1000.0, high=math.nan, ratio=True).row()
    assert row["difference"] == math.exp(700)
    assert row["low"] == 0
    assert math.isnan(float(str(row["high"])))


def test_the_other_less_the_one() -> None:
    one = Contrast(difference=1.0, low=0.0, high=3.0, n=4, p=0.1)
    assert one.turned() == Contrast(difference=-1.0, low=-3.0, high=0.0, n=4, p=0.1)


def test_what_other_trainings_show_is_in_agree(tmp_path: Path) -> None:
    gaps = [1.0, 1, 1, -1]  # of four pairs of cells, each the same for all treatments
    choices: dict[str, dict[str, str]] = {}
    cells = []
    for k, gap in enumerate(gaps):
        for m, value in (("a", gap), ("b", 0.0)):
            where = {"m": m, "k": str(k)}
            rows = rows_of(np.full(30, value))
            cells.append(plant(tmp_path, where, {"nsc": rows}))
            choices["+".join(where.values())] = where
    terms = pairs(choices, {"m": ["a"]}, {"m": ["b"]})
    one = found(cells, terms)
    assert (one.difference, one.low, one.high) == (0.5, 0.5, 0.5)  # treatments all say so
    assert one.agree == 0.75


def test_a_score_that_is_no_mean_of_rows_is_named(tmp_path: Path) -> None:
    cells = [
        plant(tmp_path, {"m": m}, {"nsc": rows_of(np.arange(30.0) * k)}, metric="linear_probe")
        for k, m in enumerate("ab")
    ]
    one = found(cells, [Terms(("b",), ("a",))])
    assert one.note == "of the mean over rows, which is not the score itself"
    assert one.difference == pytest.approx(14.5)
