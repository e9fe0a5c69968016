"""A problem reads as the error that it came from."""

from __future__ import annotations

from phenolens.core.errors import InputError
from phenolens.images.problem import Problem


def test_a_problem_reads_as_its_error_would() -> None:
    error = InputError("does not exist", where="a.tif", fix="copy it")
    assert str(Problem.of("image", error)) == str(error) == "a.tif: does not exist; copy it"


def test_its_place_names_the_row_of_the_table() -> None:
    assert Problem("gap", "t.csv", 4, "no well").place == "t.csv row 4"
    assert Problem("gap", "t.csv", None, "no well").place == "t.csv"
    assert str(Problem("gap", "t.csv", 4, "no well", "fill it in")) == (
        "t.csv row 4: no well; fill it in"
    )
