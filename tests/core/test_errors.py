"""The one error a user sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError, nearest, one_line


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("no channel 'dapi'"), "no channel 'dapi'"),
        (InputError("no such file", where=Path("a/b.csv")), "a/b.csv: no such file"),
        (InputError("is empty", where="x", fix="fill it"), "x: is empty; fill it"),
        (InputError("is empty", fix="fill it"), "is empty; fill it"),
    ],
)
def test_it_says_where_what_and_how_to_fix_it(error: InputError, text: str) -> None:
    assert str(error) == text
    assert isinstance(error, ValueError)


def test_its_parts_can_be_read() -> None:
    error = InputError("what", where=3, fix="how")
    assert (error.what, error.where, error.fix) == ("what", "3", "how")


@pytest.mark.parametrize(
    ("where", "outer", "text"),
    [
        ("", "a.csv", "a.csv: is empty; fill it"),
        ("row 3", "a.csv", "a.csv: row 3: is empty; fill it"),
        ("views.crops", "views", "views.crops: is empty; fill it"),
        ("a/b.csv", Path("a"), "a/b.csv: is empty; fill it"),
        ("a/b.csv: row 3", Path("a/b.csv"), "a/b.csv: row 3: is empty; fill it"),
        ("viewsize", "views", "views: viewsize: is empty; fill it"),
    ],
)
def test_context_is_added_once(where: str, outer: object, text: str) -> None:
    error = InputError("is empty", where=where, fix="fill it")
    assert str(error.at(outer)) == text
    assert str(error.at(outer).at(outer)) == text
    assert (error.what, error.where, error.fix) == ("is empty", where, "fill it")


def test_the_nearest_name_comes_first() -> None:
    assert nearest("weel", ["plate", "well"]) == "did you mean 'well'? allowed: plate, well"


def test_nothing_is_guessed_where_nothing_is_near() -> None:
    assert nearest("zzz", ["plate", "well"]) == "allowed: plate, well"
    assert nearest("zzz", []) == "allowed: none"
    assert nearest("zzz", ["plate"], "the table has") == "the table has: plate"


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("\x1b[31mred\x07") == r"\x1b[31mred\x07"
    assert one_line("µm, é") == "µm, é"
    assert one_line("a" * 20, 5) == "aaaaa... (20 characters)"
    assert str(InputError("a\nb", where="p\x07")) == r"p\x07: a b"
