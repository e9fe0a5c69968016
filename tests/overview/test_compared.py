"""What the page is made of: axes and scores are read from the table."""

from __future__ import annotations

import pytest

from phenolens.overview.compared import Better, Compared, goodness


def test_axes_scores_and_their_facts(compared: Compared) -> None:
    assert compared.axes == ("method", "crops")
    assert compared.scores == ("nsc", "leak")
    assert compared.switch() == [("nsc", "NSC"), ("leak", "leak")]
    assert [compared.better_of(score) for score in compared.scores] == ["high", "low"]


@pytest.mark.parametrize(("better", "best"), [("high", 3.0), ("low", -2.0), ("zero", 0.5)])
def test_the_better_value_is_larger(better: Better, best: float) -> None:
    assert max((-2.0, 0.5, 3.0), key=lambda value: goodness(value, better)) == best
