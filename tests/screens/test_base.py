"""Problems become one error, and notes are logged."""

from __future__ import annotations

import logging

import pytest

from phenolens.core.errors import InputError
from phenolens.images.problem import Problem
from phenolens.screens.base import refuse
from phenolens.screens.cells import Cells


def test_the_first_serious_problem_is_raised_with_the_count_of_its_rows() -> None:
    problems = [
        Problem("left out", "t.csv", None, "two", serious=False),
        Problem("gap", "t.csv", 4, "no well", "fill it in"),
        Problem("gap", "t.csv", 4, "no plate", "fill it in"),
        Problem("gap", "t.csv", 9, "no well", "fill it in"),
        Problem("other", "t.csv", 9, "else"),
    ]
    with pytest.raises(InputError) as caught:
        refuse(problems, 12, Cells())
    assert str(caught.value) == (
        "t.csv row 4: no well; 2 of 12 rows have this problem (gap); fill it in; "
        "run 'phenolens check cells ROOT' to list them"
    )


def test_notes_are_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="phenolens"):
        refuse([Problem("left out", "t.csv", None, "9 fields", serious=False)], 12, Cells())
    assert caplog.messages == ["t.csv: 9 fields"]
