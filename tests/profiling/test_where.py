"""The step that keeps some rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.fitted import FittedChain, fit_chain
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.standardize import Standardize
from phenolens.profiling.where import Where


def table(plates: str) -> Profiles:
    meta = pd.DataFrame({"plate": list(plates), "well": [f"A{k:02d}" for k in range(len(plates))]})
    return Profiles(meta=meta, features=np.arange(2.0 * len(plates)).reshape(-1, 2))


def test_rows_are_kept_in_order_with_their_place_in_the_file() -> None:
    made = Where(query="plate == 'b'")(table("abab"))
    assert made.meta["well"].tolist() == ["A01", "A03"]
    assert made.features.tolist() == [[2, 3], [6, 7]]
    assert made.provenance[-1]["rows_in"] == 4
    assert made.provenance[-1]["rows_out"] == 2
    assert "A03" in made.place(1)


def test_a_fitted_chain_selects_the_rows_of_another_table(tmp_path: Path) -> None:
    """The steps before it are fitted on all rows."""
    fitted = fit_chain(table("aabb"), [Standardize(by=(), on="all"), Where(query="plate == 'b'")])
    fitted.save(tmp_path / "chain")
    other = table("bbbbba")
    made = FittedChain.load(tmp_path / "chain")(other)
    assert made.meta["plate"].tolist() == ["b"] * 5
    x = table("aabb").features
    wanted = (other.features[:5] - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    np.testing.assert_allclose(made.features, wanted, rtol=1e-5)


@pytest.mark.parametrize(
    ("query", "message"),
    [("plate == 'z'", "keeps none of 2 rows"), ("nothing == 1", "nothing"), ("plate", "condition")],
)
def test_a_condition_that_does_not_fit_says_so(query: str, message: str) -> None:
    for call in (Where(query=query), Where(query=query).fit):
        with pytest.raises(InputError, match=message):
            call(table("ab"))


def test_rows_may_lack_features_and_can_be_left_out_for_it() -> None:
    x = np.array([[1, np.nan], [np.nan, np.nan], [3, 4], [np.nan, 5]])
    given = replace(table("aabb"), features=x)
    kept = Where(query="plate == 'a'")(given)
    np.testing.assert_array_equal(kept.features, x[:2].astype(np.float32))
    blank = Where(incomplete="drop_blank")(given)
    assert blank.meta["well"].tolist() == ["A00", "A02", "A03"]
    made = Where(query="plate == 'a' or well == 'A02'", incomplete="drop")(given)
    assert made.meta["well"].tolist() == ["A02"]
    facts = made.provenance[-1]["facts"]
    assert facts["rows_incomplete"] == 2
    assert facts["left_out"] == (
        "2 of 3 rows with missing features left out: plate a, well A00 (row 2); plate a, well A01 "
        "(row 3)"
    )
    with pytest.raises(InputError, match="every row has missing features"):
        Where(query="well == 'A01'", incomplete="drop_blank")(given)
    x[0, 0] = np.inf
    with pytest.raises(InputError, match="'f0000' is inf in plate a, well A00"):
        Where(incomplete="drop_blank")(replace(given, features=x))
    with pytest.raises(InputError, match="query: needs a condition"):
        Where()


def test_what_is_fitted_after_it_names_the_rows_that_it_kept() -> None:
    steps = [Where(query="plate == 'a'"), Where(incomplete="drop"), Standardize(by=(), on="all")]
    fitted = fit_chain(table("aabb"), steps)
    made = fitted(table("aabb"))
    assert made.provenance[-1]["facts"]["fit"]["where"] == "(plate == 'a')"
