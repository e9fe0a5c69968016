"""What a caller in Python gives by mistake is named, as what is typed is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import phenolens
from phenolens.core.columns import table_of_names
from phenolens.core.errors import InputError, listed, shown
from phenolens.core.profiles import Profiles

WELLS = Profiles(meta=pd.DataFrame({"plate": ["p"]}), features=np.ones((1, 1), np.float32))
LOST: Any = None
# Those of core are called by programs that check types while the tests run: tests/core/test_inside.
CALLS: dict[str, Callable[[], object]] = {
    "a chain of nothing": lambda: phenolens.FittedChain.load(LOST),
    "a chain to a number": lambda: phenolens.FittedChain(()).save(3),  # type: ignore[arg-type]
    "steps that are a number": lambda: phenolens.profile(WELLS, 3),  # type: ignore[arg-type]
    "no steps": lambda: phenolens.fit_chain(WELLS, LOST),
    "a file for profiles": lambda: phenolens.profile("wells.csv", "pca"),  # type: ignore[arg-type]
    "a file to fit on": lambda: phenolens.fit_chain("wells.csv", "pca"),  # type: ignore[arg-type]
    "no recipe": lambda: phenolens.Recipe.load(LOST),
}


@pytest.mark.parametrize("name", CALLS)
def test_another_type_is_named(name: str) -> None:
    with pytest.raises(InputError, match=r"expected|no such recipe"):
        CALLS[name]()


def test_long_values_and_lists_are_cut() -> None:
    assert len(shown("m" * 10_000)) < 300
    assert listed(f"c{i}" for i in range(10_000)).endswith("'c11', ... (10000 in all)]")
    assert len(listed(["m" * 10_000] * 10_000)) < 3000


def test_columns_and_metadata_of_another_kind_are_named() -> None:
    other: Any
    for other in (["plate"], {"plate": 3}, 3):
        with pytest.raises(InputError, match=r"columns: expected our names .*give a dictionary"):
            table_of_names(other)
    assert table_of_names({"plate": "Plate"}) == {"plate": "Plate"}
    profiles: Any = object.__new__(Profiles)
    object.__setattr__(profiles, "meta", 3)
    with pytest.raises(InputError, match="meta: expected a pandas table, got int"):
        profiles.__post_init__()
