"""Whether one combination wins everywhere, on planted races."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from tests.comparison.planted import plant, rows_of

from phenolens.comparison.finished import Finished
from phenolens.comparison.measured import Measures
from phenolens.comparison.winners import no_winner

NOISE = np.where(np.arange(16) % 2, 1.0, -1.0)


def race(
    root: Path, better: dict[str, dict[str, float]], spread: float = 0.01, metric: str = "nsc"
) -> tuple[str, str]:
    """Return the verdict where each score adds this much to the combinations."""
    cells: list[Finished] = []
    for m, c, d in product("a", "pq", "xy"):
        scores = {
            score: rows_of(plus.get(c + d, 0) + spread * NOISE * (c + d != "px"))
            for score, plus in better.items()
        }
        cells.append(plant(root, {"m": m, "c": c, "d": d}, scores, metric=metric))
    measures = Measures(cells)
    found = [one for one in map(measures.of, better) if one is not None]
    choices = {one.cell.name: one.cell.choices for one in cells}
    return no_winner(found, choices, ["c", "d"])


def test_two_leaders_that_are_each_ahead(tmp_path: Path) -> None:
    verdict, note = race(tmp_path, {"s": {"px": 0.5}, "t": {"qy": 0.5}, "u": {"px": 0.1}})
    assert verdict == "holds"
    assert note.startswith("s: p + x leads, by 0.5 [0.49")
    assert "of q + y; t: q + y leads, by 0.5" in note


def test_one_leader_that_is_ahead_in_all(tmp_path: Path) -> None:
    verdict, note = race(tmp_path, {"s": {"px": 0.5, "py": 0.2}, "t": {"px": 0.5, "qy": 0.3}})
    assert verdict == "does not hold"
    assert "s: p + x leads, by 0.3" in note
    assert "of p + y; t: p + x leads, by 0.2" in note


@pytest.mark.parametrize(
    "better",
    [
        {"s": {"px": 0.5}, "t": {"qy": 0.5}},  # two leaders
        {"s": {"px": 0.5}, "t": {"px": 0.5}},  # one leader
    ],
)
def test_leads_that_may_be_chance(tmp_path: Path, better: dict[str, dict[str, float]]) -> None:
    assert race(tmp_path, better, spread=5)[0] == "undecided at this size"


def test_a_lead_that_was_picked_from_many_must_be_clearer_than_one(tmp_path: Path) -> None:
    better = {"s": {"px": 0.5}, "t": {"qy": 0.5}}
    verdict, note = race(tmp_path / "some", better, spread=0.83)
    assert "s: p + x leads, by 0.5 [0.0" in note  # each lead by itself is more than chance,
    assert "t: q + y leads, by 0.5 [0.0" in note
    assert verdict == "undecided at this size"  # but is the best of three rivals in two scores
    assert note.endswith("not behind in any by more than chance: p + x, q + y")
    assert race(tmp_path / "clear", better, spread=0.3)[0] == "holds"


def test_one_that_is_never_behind_is_no_loser(tmp_path: Path) -> None:
    better = {"s": {"px": 0.5, "qy": 0.5}, "t": {"qy": 0.5}}  # qy wins both, in one with px
    verdict, note = race(tmp_path, better, spread=0.1)
    assert verdict == "undecided at this size"
    assert note.endswith("by more than chance: q + y")


def test_low_values_lead_where_low_is_good(tmp_path: Path) -> None:
    better = {"s": {"px": -0.5}, "t": {"px": -0.5}}
    verdict, note = race(tmp_path, better, metric="same_group_neighbours")
    assert verdict == "does not hold"
    assert "p + x leads, by -0.5" in note


def test_what_has_no_leader_is_not_tested(tmp_path: Path) -> None:
    verdict, note = race(tmp_path / "zero", {"s": {}, "t": {}}, metric="drop")
    assert (verdict, note) == ("not tested here", "s is best near zero: nothing leads in it")
    one = plant(tmp_path, {"c": "p", "d": "x"}, {"s": rows_of([1.0])})
    measured = Measures([one]).of("s")
    assert measured is not None
    verdict, note = no_winner([measured], {"p+x": {"c": "p", "d": "x"}}, ["c", "d"])
    assert (verdict, note) == ("not tested here", "fewer than two combinations share s")
