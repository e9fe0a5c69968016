from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.lists import without_lists
from phenolens.core.roles import with_roles
from phenolens.metrics.nsc import Nsc


def test_lists_of_every_kind_become_several_values() -> None:
    cells = [["b", "a"], ("a",), {"b", "a"}, np.array([1, 2]), [], ["a", None, np.nan], "c", None]
    made = without_lists(pd.DataFrame({"target": cells, "n": range(8)}, index=range(3, 11)))
    assert made["target"].tolist()[:4] == ["b|a", "a", "a|b", "1|2"]
    assert made["target"].isna().tolist() == [False] * 4 + [True, False, False, True]
    assert made["target"].tolist()[5:7] == ["a", "c"]
    assert made.index.tolist() == [*range(3, 11)]


def test_a_table_without_lists_is_the_same_object() -> None:
    meta = pd.DataFrame({"plate": ["a", None], "n": [1, 2]})
    assert without_lists(meta) is meta


def test_a_dictionary_is_named() -> None:
    meta = pd.DataFrame({"plate": ["a", "b"], "doses": [None, {"uM": 1}]})
    with pytest.raises(InputError, match=r"'doses' holds a dictionary in row 3"):
        Profiles(meta=meta, features=np.zeros((2, 1)))


def test_profiles_with_lists_are_scored_as_those_with_several_values() -> None:
    """It was a TypeError: a list cannot be looked up."""
    rng = np.random.default_rng(0)
    compound = np.repeat([f"c{i}" for i in range(6)], 2)
    meta = pd.DataFrame({"compound": compound, "moa": [["m0", "m1"], ["m1"], ["m2"]] * 4})
    text = meta.assign(moa=["m0|m1", "m1", "m2"] * 4)
    features = rng.normal(size=(12, 4))
    values = [Nsc()(Profiles(meta=one, features=features)).value for one in (meta, text)]
    assert values[0] == values[1]
    assert with_roles(meta.assign(compound=[[c] for c in compound]))["compound"][0] == "c0"


def test_lists_next_to_numbers_and_missing_values_in_lists() -> None:
    meta = pd.DataFrame({"target": [["EGFR", pd.NA], 3, "MEK"]})
    assert without_lists(meta)["target"].tolist() == ["EGFR", 3, "MEK"]
    assert without_lists(pd.DataFrame({"t": [[1, 2], 3]}))["t"].tolist() == ["1|2", 3]
