"""Words of h5py and anndata do not reach the user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.library_words import in_our_words
from phenolens.core.profiles import Profiles


def _without(name: str) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        del file[name]

    return change


def _of_a_later_kind(file: Any) -> None:
    file["obs"].attrs["encoding-version"] = "9"


def _a_group(file: Any) -> None:
    del file["X"]
    file.create_group("X").attrs.update({"encoding-type": "dict", "encoding-version": "0.1.0"})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_without("obs"), "it lacks 'obs'"),
        (_without("obs/Metadata_Plate"), "it lacks 'Metadata_Plate'"),
        (_of_a_later_kind, "the kind 'dataframe', version '9', which the installed anndata"),
        (_a_group, "a part of it is of another kind than a table has"),
    ],
)
def test_a_damaged_h5ad(tmp_path: Path, change: Callable[[Any], None], what: str) -> None:
    path = tmp_path / "t.h5ad"
    meta = pd.DataFrame({"plate": ["a", "b"]})
    Profiles(meta, np.ones((2, 1), np.float32), ("Cells_a",)).save(path)
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(InputError, match=what) as caught:
        Profiles.load(path)
    assert "IOSpec" not in str(caught.value)
    assert "<class" not in str(caught.value)


def test_a_long_text_is_cut() -> None:
    assert in_our_words(ValueError("x" * 1000)) == "x" * 300 + "..."
