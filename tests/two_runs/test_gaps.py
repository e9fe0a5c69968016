from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.two_runs.conftest import copied, write_run

from phenolens.results.contents import RunContents
from phenolens.two_runs.gaps import gaps

NAMES = ("a", "b")


def read(one: Path, other: Path) -> tuple[RunContents, RunContents]:
    return RunContents.read(one), RunContents.read(other)


def test_the_difference_is_paired_and_tested(two: tuple[Path, Path]) -> None:
    (gap,) = gaps(*read(*two), NAMES)
    assert gap.difference == pytest.approx((22 - 6) / 24)
    assert gap.rows == 24
    assert gap.low < gap.difference < gap.high
    # Nine compounds gain, one loses: of 1,024 patterns of signs 11 reach as far, on two sides.
    assert gap.p == gap.p_holm == pytest.approx(2 * 11 / 1024)
    assert gap.words == "b is better"
    assert [bar.name for bar in gap.panel.bars] == ["b", "a"]


def test_the_other_way_round_the_first_is_better(two: tuple[Path, Path]) -> None:
    (gap,) = gaps(*read(two[1], two[0]), ("b", "a"))
    assert gap.difference == pytest.approx(-(22 - 6) / 24)
    assert gap.words == "b is better"


def test_equal_runs_differ_by_chance_alone(two: tuple[Path, Path]) -> None:
    (gap,) = gaps(*read(two[0], copied(two[0], "c")), NAMES)
    assert gap.difference == 0
    assert gap.p == 1
    assert gap.words == "no more than chance"


def test_rows_that_cannot_be_matched_are_not_compared(tmp_path: Path) -> None:
    one = write_run(tmp_path / "a", np.ones(24, dtype=bool))
    other = copied(one, "b")
    (other / "scores" / "nsc.parquet").unlink()
    (gap,) = gaps(*read(one, other), NAMES)
    assert gap.rows == 0
    assert "cannot be matched" in gap.words
