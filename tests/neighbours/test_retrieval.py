from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.neighbours.ranking import Rankings
from phenolens.neighbours.retrieval import Groups, Retrieved
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.random_ranking import Chance


def rankings(average_precision: list[float], counts: list[tuple[int, int]]) -> Rankings:
    row = np.arange(len(counts))
    m, total = np.array(counts).T
    return Rankings(row, np.zeros_like(row), np.array(average_precision), m, total)


def test_cells_of_several_values_are_in_several_groups() -> None:
    meta = pd.DataFrame(
        {"moa": ["x|y", " y ", None, "", "x|x"], "compound": ["A", "B", "C", "D", "A"]}
    )
    groups = Groups.of(meta, "moa")
    assert groups.names.tolist() == ["x", "y"]
    assert groups.members.toarray().tolist() == [[1, 1], [0, 1], [0, 0], [0, 0], [1, 0]]
    assert groups.compound.tolist() == ["A", "y"]  # y is held by two compounds


def test_groups_of_numbers_are_groups() -> None:
    groups = Groups.of(pd.DataFrame({"plate": [2, 1, 2]}), "plate")
    assert groups.names.tolist() == ["1", "2"]
    assert groups.members.toarray().tolist() == [[0, 1], [1, 0], [0, 1]]


def test_queries_with_the_same_counts_share_the_random_ranking() -> None:
    """So a group of four such queries has the null of one: P(ap >= 0.5) among 3 of 1 is 2 / 3."""
    groups = Groups.of(pd.DataFrame({"g": ["a"] * 4}), "g")
    asked = rankings([1, 1 / 3, 1 / 3, 1 / 3], [(1, 3)] * 4)
    found = Retrieved.of(asked, groups, 1000, 0, by_value=False)
    assert found.rows["value"][0] == pytest.approx(0.5)
    assert found.rows["p"][0] == pytest.approx(2 / 3)


def test_queries_with_other_counts_have_their_own() -> None:
    """The mean of two independent nulls, against all pairs of their orders."""
    groups = Groups.of(pd.DataFrame({"g": ["a"] * 3}), "g")
    asked = rankings([1, 1, 1 / 2], [(1, 3), (1, 3), (2, 4)])
    found = Retrieved.of(asked, groups, 20_000, 0, by_value=False)
    one, two = Chance.of(1, 3, 100, 0).values, Chance.of(2, 4, 100, 0).values
    every = (2 * one[:, None] + two) / 3
    exact = np.mean(every >= 2.5 / 3 - 1e-12)
    assert found.rows["p"][0] == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))
    assert found.rows["chance"][0] == pytest.approx(every.mean())


def test_the_score_is_the_mean_of_groups_with_an_interval_over_compounds() -> None:
    meta = pd.DataFrame({"treatment": list("aabbcc"), "compound": list("XXXXYY")})
    groups = Groups.of(meta, "treatment")
    asked = rankings([1, 1, 0.5, 0.25, 0.3, 0.1], [(1, 40)] * 6)
    found = Retrieved.of(asked, groups, 1000, 0, by_value=False)
    score = found.score("activity", ("said",))
    assert score.rows["compound"].tolist() == ["X", "X", "Y"]
    assert score.value == pytest.approx(np.mean([1, 0.375, 0.2]))
    wanted = interval_of_mean(np.array([1, 0.375, 0.2]), pd.Series(list("XXY")))
    assert (score.low, score.high) == pytest.approx(wanted)
    harmonic = (1 / np.arange(1, 41)).sum()
    assert score.null == pytest.approx(harmonic / 40)
    assert score.null < score.null_high < score.value
    assert (score.name, score.n, score.notes) == ("activity", 3, ("said",))
    assert score.figures["queries"] == 6
    # p = 1/40, 2/40, and 1/5 is reached by places 1 to 5: 5/40; q = p x 3 / rank.
    np.testing.assert_allclose(score.rows["p"], [1 / 40, 2 / 40, 5 / 40])
    np.testing.assert_allclose(score.rows["q"], [3 / 40, 3 / 40, 5 / 40])
    assert score.figures["fraction_retrieved"] == 0
    assert score.figures["fraction_p_below_0.05"] == pytest.approx(1 / 3)
    normal = [(v - harmonic / 40) / (1 - harmonic / 40) for v in (1, 0.375, 0.2)]
    assert score.figures["normalized"] == pytest.approx(np.mean(normal))
