"""Tables of plates become one table: features matched by name, the union of metadata."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.stack import stack


def part(names: tuple[str, ...] = ("a", "b"), value: float = 0.0, **meta: list[object]) -> Profiles:
    table = pd.DataFrame(meta)
    features = value + np.arange(len(table) * len(names), dtype=float).reshape(len(table), -1)
    return Profiles(meta=table, features=features, names=names)


def test_rows_come_in_order_and_features_by_name() -> None:
    one = part(plate=["p1", "p1"])
    two = part(("b", "a"), value=10, plate=["p2"])
    made = stack([one, two])
    assert made.names == ("a", "b")
    assert made.features.tolist() == [[0, 1], [2, 3], [11, 10]]
    assert made.meta["plate"].tolist() == ["p1", "p1", "p2"]
    assert made.provenance == ()


def test_a_column_that_one_part_lacks_is_missing_there() -> None:
    one = part(plate=["p1", "p1"], batch=["x", "x"], compound=["DMSO", "c"])
    one = Profiles(meta=one.meta.assign(control=[True, False]), features=one.features)
    made = stack([one, part(("f0000", "f0001"), plate=["p2"], donor=[3])])
    assert made.meta["batch"].fillna("?").tolist() == ["x", "x", "?"]
    assert made.meta["control"].dtype == bool
    assert made.meta["control"].tolist() == [True, False, False]
    assert made.meta["donor"].isna().tolist() == [True, True, False]
    assert made.meta["donor"].dtype == float


def test_a_column_of_numbers_here_and_text_there_is_text(tmp_path: Path) -> None:
    made = stack([part(plate=[41, 42]), part(plate=["P43"])])
    assert made.meta["plate"].tolist() == ["41", "42", "P43"]
    assert Profiles.load(made.save(tmp_path / "made.parquet")).meta["plate"].tolist()[0] == "41"


def test_numbers_stay_numbers() -> None:
    made = stack([part(dose=[1]), part(dose=[0.5])])
    assert made.meta["dose"].tolist() == [1.0, 0.5]
    assert made.meta["dose"].dtype == float


def test_other_features_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"two.csv: lacks the feature 'b' of one.csv .1 missing"):
        stack([part(plate=["p"]), part(("a", "c"), plate=["p"])], ["one.csv", "two.csv"])
    with pytest.raises(InputError, match=r"table 1: has the feature 'c', which table 0 lacks"):
        stack([part(plate=["p"]), part(("a", "b", "c"), plate=["p"])])
    with pytest.raises(InputError, match="no table"):
        stack([])


def test_what_made_the_parts_is_kept() -> None:
    chain = ({"step": "standardize"},)
    one = part(plate=["p"])
    same = Profiles(meta=one.meta, features=one.features, names=one.names, provenance=chain)
    assert stack([same, same]).provenance == chain
    (entry,) = stack([one, same], ["one", "two"]).provenance
    assert entry == {"step": "stack", "parts": {"one": [], "two": [{"step": "standardize"}]}}
    assert stack([same]) is same
