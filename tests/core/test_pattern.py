"""Expressions of recipes find what `re` finds, and end."""

from __future__ import annotations

import re
import time

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.pattern import Pattern
from phenolens.core.profile_table import batch_of_plate
from phenolens.screens.cells import Cells
from phenolens.screens.image_folder import ImageFolder

NAMES = ("Week1_22123", "BR00116991", "p1/A01_s1_DNA.tif", "PLATE 7", "", "week10_é", "a\nb")
ENDLESS = "^((?:a|aa)+)$"


@pytest.mark.parametrize(
    "text",
    [
        r"^(Week\d+)_",
        r"(?i)^(week\d+)",
        r"BR(\d{4})",
        r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s(?P<site>\d)_(?P<channel>\w+)\.tif",
        r"(?P<z>.*?)(?P<a>\d+)?",
        r"(\w+)(?=_)",
        r"(.)$",
    ],
)
def test_the_answers_are_those_of_re(text: str) -> None:
    made, plain = Pattern.of(text, "pattern"), re.compile(text)
    for name in NAMES:
        found, theirs = plain.search(name), plain.fullmatch(name)
        assert made.search(name) == (found[1] if found else None)
        assert made.fullmatch(name) == (theirs.groupdict() if theirs else None)
    assert made.names == tuple(plain.groupindex)


def test_an_endless_one_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phenolens.core.pattern._SECONDS", 0.05)
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"batch_of_plate: .*takes more than .* to search 'aaaa"):
        batch_of_plate(pd.Series(["a" * 60 + "!"]), ENDLESS)
    assert time.monotonic() - begun < 5


def test_what_is_no_expression_is_named() -> None:
    for make in (
        lambda: batch_of_plate(pd.Series(["p1"]), "("),
        lambda: Cells(batch_of_plate="("),
        lambda: ImageFolder(pattern="(", channels=("DNA",)),
    ):
        with pytest.raises(InputError, match="is not a regular expression: "):
            make()
    with pytest.raises(InputError, match="with one group: it has 2"):
        Cells(batch_of_plate="(a)(b)")
    with pytest.raises(InputError, match="of 1001 characters"):
        Pattern.of("a" * 1001, "pattern")
