"""Verdicts of every kind of claim, each on planted data."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.comparison.planted import known, plant, rows_of

from phenolens.comparison.claims import Claim, Expect
from phenolens.comparison.measured import Measures
from phenolens.comparison.verdicts import COLUMNS, judged
from phenolens.statistics.needed_units import needed_units

N = 8
SPREAD = np.where(np.arange(N) % 2, 1.0, -1.0)  # of a mean of 0


def verdict(
    root: Path,
    values: Mapping[str, np.ndarray | float],
    *,
    metric: str = "nsc",
    cost: dict[str, float] | None = None,
    **claim: Any,
) -> dict[str, Any]:
    """Return the verdict where the cells of the axis `m` have these values in `nsc`."""
    cells = [
        plant(
            root,
            {"m": name},
            {"nsc": rows_of(np.zeros(N) + value)},
            metric=metric,
            seed=seed,
            cost={"train_seconds": (cost or {}).get(name, 1) * (1 + 0.01 * seed)},
        )
        for name, value in values.items()
        for seed in range(2 if cost else 1)
    ]
    made = Claim(**{"id": "x", "score": "nsc", "paper": "P", **claim})
    known_cells = [one.cell for one in cells] + [known({"m": "unfinished"})]
    table = judged([made], Measures(cells), known_cells, "mine")
    assert tuple(table.columns) == COLUMNS
    return dict(table.to_dict("records")[0])


AB: dict[str, Any] = {"one": {"m": "a"}, "other": {"m": "b"}}


@pytest.mark.parametrize(
    ("gap", "expect", "margin", "metric", "wanted"),
    [
        (0.3 + 0.1 * SPREAD, "more", None, "nsc", "holds"),
        (0.3 + 0.1 * SPREAD, "more", 0.5, "nsc", "does not hold"),
        (0.3 + 2.0 * SPREAD, "more", None, "nsc", "undecided at this size"),
        (0.3 + 0.1 * SPREAD, "less", None, "nsc", "does not hold"),
        (-0.3 + 0.1 * SPREAD, "less", 0.2, "nsc", "holds"),
        (-0.3 + 0.1 * SPREAD, "less", 0.5, "nsc", "does not hold"),
        (-0.3 + 2.0 * SPREAD, "less", None, "nsc", "undecided at this size"),
        (-0.01 + 0.001 * SPREAD, "no worse", 0.02, "nsc", "holds"),
        (-0.05 + 0.001 * SPREAD, "no worse", 0.02, "nsc", "does not hold"),
        (-0.05 + 0.5 * SPREAD, "no worse", 0.02, "nsc", "undecided at this size"),
        (np.zeros(N), "no worse", None, "nsc", "holds"),
        (np.zeros(N), "more", None, "nsc", "undecided at this size"),
        # Of a score where low is good, more is worse.
        (-0.05 + 0.001 * SPREAD, "no worse", 0.02, "kbet", "does not hold"),
        (-0.05 + 0.001 * SPREAD, "no worse", 0.02, "same_group_neighbours", "holds"),
        (0.05 + 0.001 * SPREAD, "no worse", 0.02, "same_group_neighbours", "does not hold"),
        (0.05 + 0.001 * SPREAD, "no worse", 0.02, "drop", "not tested here"),
    ],
)
def test_a_contrast(
    tmp_path: Path, gap: np.ndarray, expect: str, margin: float | None, metric: str, wanted: str
) -> None:
    row = verdict(tmp_path, {"a": gap, "b": 0}, metric=metric, **AB, expect=expect, margin=margin)
    assert row["verdict"] == wanted
    if wanted != "not tested here":
        assert row["difference"] == pytest.approx(gap.mean())
        assert (row["one"], row["other"], row["units"], row["pairs"]) == ("m = a", "m = b", N, 1)
    if wanted == "undecided at this size" and gap.any():
        sign = -1 if expect == "less" else 1
        edge = (-1 if expect == "no worse" else 1) * (margin or 0)
        gap_left = sign * row["difference"] - edge
        assert row["needed"] == needed_units(N, gap_left, row["low"], row["high"])
        assert row["needed"] > N
    else:
        assert pd.isna(row["needed"])


def test_costs_are_ratios_with_ratios_as_margins(tmp_path: Path) -> None:
    times = {"a": 3.0, "b": 1.0}
    zero = dict.fromkeys("ab", 0.0)
    shared: dict[str, Any] = {"score": "train_seconds", "cost": times}
    for k, (expect, margin, one, wanted) in enumerate(
        [
            ("more", 2.0, "a", "holds"),
            ("more", 4.0, "a", "does not hold"),
            ("less", 2.0, "b", "holds"),
            ("less", None, "b", "holds"),
            ("no worse", 1.2, "b", "holds"),
            ("no worse", 1.2, "a", "does not hold"),
        ]
    ):
        other = {"m": "b" if one == "a" else "a"}
        sides: dict[str, Any] = {"one": {"m": one}, "other": other}
        sides |= {"expect": expect, "margin": margin}
        row = verdict(tmp_path / str(k), zero, **shared, **sides)
        assert row["verdict"] == wanted, (expect, margin)
        assert row["difference"] == pytest.approx(3.0 if one == "a" else 1 / 3)
        assert row["margin"] == (margin or 1)


def test_the_best_of_an_axis(tmp_path: Path) -> None:
    best: dict[str, Any] = {
        "kind": "best",
        "one": {"m": "a"},
        "among": "m",
        "expect": "more",
    }
    low = 0.05 * SPREAD
    row = verdict(tmp_path / "0", {"a": 1.0, "b": 0.5 + low, "c": low}, **best)
    # One value was never run: the claim is not tested, whatever the others say.
    assert (row["verdict"], row["other"]) == ("not tested here", "m = unfinished")

    def judged_best(name: str, values: dict[str, np.ndarray | float]) -> dict[str, Any]:
        return verdict(tmp_path / name, {**values, "unfinished": -2 + low}, **best)

    row = judged_best("1", {"a": 1.0, "b": 0.5 + low, "c": low})
    assert (row["verdict"], row["other"]) == ("holds", "m = b")
    assert row["difference"] == pytest.approx(0.5)
    row = judged_best("2", {"a": 1.0, "b": 1.5 + low, "c": low})
    assert (row["verdict"], row["other"]) == ("does not hold", "m = b")
    row = judged_best("3", {"a": 1.0, "b": 0.5 + low, "c": 0.9 + 2 * SPREAD})
    assert (row["verdict"], row["other"]) == ("undecided at this size", "m = c")
    assert row["needed"] > N
    assert "2 of 3 others are behind" in row["note"]


def test_an_interaction(tmp_path: Path) -> None:
    base = np.linspace(0, 1, N)

    def of(name: str, gain: dict[str, float], spread: float, expect: Expect) -> dict[str, Any]:
        cells = [
            plant(
                tmp_path / name,
                {"m": m, "c": c},
                {
                    "nsc": rows_of(
                        base + (c == "tvn") * gain[m] + spread * SPREAD * (m + c == "atvn")
                    )
                },
            )
            for m, c in product("abt", ("plain", "tvn"))
        ]
        claim = Claim(
            id="x",
            kind="interaction",
            score="nsc",
            one={"m": "a", "c": "tvn"},
            other={"m": "a", "c": "plain"},
            against={"m": ("b", "t")},
            expect=expect,
        )
        table = judged([claim], Measures(cells), [one.cell for one in cells], "mine")
        return dict(table.to_dict("records")[0])

    row = of("less", {"a": 0.1, "b": 0.4, "t": 0.6}, 0.01, "less")
    assert (row["verdict"], row["pairs"]) == ("holds", 2)
    assert row["difference"] == pytest.approx(0.1 - 0.5)
    assert row["one"] == "m = a, c = tvn less m = a, c = plain"
    assert row["other"] == "m = b or t, c = tvn less m = b or t, c = plain"
    gain = {"a": 0.1, "b": 0.4, "t": 0.6}
    assert of("more", gain, 0.01, "more")["verdict"] == "does not hold"
    assert of("wide", gain, 3, "less")["verdict"] == "undecided at this size"


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ({"grid": ("other", "third")}, "A claim about other or third; this grid is mine."),
        ({"one": {"m": "aa"}}, "The axis m has no 'aa' (did you mean 'a'?"),
        ({"one": {"method": "a"}}, "The grid has no axis 'method'"),
        ({"score": "nscb"}, "No finished cell has nscb."),
        ({"score": "nsc.recall"}, "No finished cell has nsc.recall."),
        ({"one": {"m": "unfinished"}}, "No pair of finished cells has nsc."),
    ],
)
def test_what_is_not_tested_here_says_why(tmp_path: Path, claim: dict[str, Any], why: str) -> None:
    row = verdict(tmp_path, {"a": 1.0, "b": 0.0}, **{**AB, "expect": "more", **claim, "note": "N."})
    assert row["verdict"] == "not tested here"
    assert row["note"].startswith(f"N. {why}")
    assert pd.isna(row["difference"])


def test_one_unit_decides_nothing(tmp_path: Path) -> None:
    cells = [
        plant(tmp_path, {"m": m}, {"nsc": rows_of([v, v], doses=2)})
        for m, v in [("a", 1), ("b", 0)]
    ]
    claim = Claim(id="x", score="nsc", expect="more", **AB)
    (row,) = judged([claim], Measures(cells), [one.cell for one in cells], "g").to_dict("records")
    assert row["verdict"] == "undecided at this size"
    assert row["note"] == "One unit alone: no interval."
    assert pd.isna(row["needed"])
    assert judged([], Measures(()), (), "g").empty
