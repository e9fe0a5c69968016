"""The search sees no answer, by whatever name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.chains.chain import read_chain
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.tune.blind import fingerprint, without_answer


def test_only_named_columns_remain(wells: Profiles) -> None:
    meta = wells.meta.assign(target="t", alternative_moa="m", mechanism="x", donor="d")
    seen = without_answer(replace(wells, meta=meta), [read_chain("standardize(by=[donor])")])
    assert set(seen.meta.columns) == {
        *("plate", "well", "batch", "compound", "treatment", "control", "donor")
    }
    np.testing.assert_array_equal(seen.features, wells.features)
    assert "moa" in wells.meta.columns


@pytest.mark.parametrize(
    "chain",
    ["aggregate(by=[moa])", 'a(x={y=["target"]})', 'a(where="moa == 1")', "consensus(by=moa)"],
)
def test_a_step_that_names_the_answer_is_refused(wells: Profiles, chain: str) -> None:
    with pytest.raises(InputError, match=r"a step names '(moa|target)', and the search"):
        without_answer(wells, [read_chain(chain)])


def test_the_hash_is_of_what_is_seen(wells: Profiles) -> None:
    seen = without_answer(wells, [])
    other = replace(wells, meta=wells.meta.assign(moa="x"))
    assert fingerprint(without_answer(other, [])) == fingerprint(seen)
    moved = replace(wells, meta=wells.meta.assign(plate=wells.meta["plate"] + "x"))
    changed = replace(wells, features=wells.features + 1)
    renamed = replace(wells, names=tuple(f"x{i}" for i in range(6)))
    found = {fingerprint(without_answer(p, [])) for p in (wells, moved, changed, renamed)}
    assert len(found) == 4
