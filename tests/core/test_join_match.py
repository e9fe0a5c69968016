"""Which rows of two tables meet, and what a key may answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.join_match import Match, shown, some


def match(left: dict[str, list[object]], right: dict[str, list[object]]) -> Match:
    return Match.of(pd.DataFrame(left), pd.DataFrame(right), None)


def test_blanks_meet_only_where_they_say_something() -> None:
    by_compound = match({"compound": ["a", None]}, {"compound": [None, "a", "b"]})
    assert by_compound.place.tolist() == [1, 0]
    unknown = np.array([False, True])
    never = Match.of(pd.DataFrame({"compound": ["a", None]}), by_compound.right, unknown)
    assert never.lost.tolist() == [False, True]
    assert match({"well": ["A01", None]}, {"well": [None, "A01"]}).lost.tolist() == [False, True]


def test_answers_and_conflicts() -> None:
    found = match({"well": ["A01", "A02"]}, {"well": ["A01", "A02", "A01"]})
    answers = found.answers(pd.Series(["x", "y", None]))
    assert isinstance(answers, pd.Series)
    assert answers.tolist() == ["x", "y"]
    assert found.answers(pd.Series(["x", "y", "z"])) == 0
    values = pd.Series(["x", "y", "z"])
    with pytest.raises(InputError, match="well A01 has two different values of 'compound': x and"):
        found.refuse_conflict("compound", values, 0)
    sites = match({"well": ["A01"]}, {"well": ["A01", "A01"]})
    sites.refuse_conflict("site", pd.Series([1, 2]), 0)  # two sites are no conflict


def test_more_than_half_without_a_match_is_refused_unless_allowed() -> None:
    found = match({"well": ["A01", "A02", "A03"]}, {"well": ["A01"]})
    with pytest.raises(InputError, match="2 of 3 rows have no match on") as error:
        found.refuse(allow=False)
    assert "--allow-unmatched" in error.value.fix
    found.refuse(allow=True)
    controls = match({"compound": ["a", "DMSO", "DMSO", None]}, {"compound": ["a"]})
    controls.refuse(allow=False)


def test_keys_are_shown_as_they_are_named() -> None:
    keys = pd.DataFrame({"plate": ["P1"] * 8, "well": list("abcdefgh")})
    assert shown(keys.iloc[0]) == "plate P1, well a"
    assert some(keys).endswith("well f and 2 more")
