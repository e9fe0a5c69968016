"""Figures of images become columns of the rows that an encoder makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.runs.measured import measured_key, refuse_twice, with_columns


def tables() -> tuple[Profiles, Profiles]:
    """Return embeddings of three images with two tiles each, and what was measured in them."""
    meta = pd.DataFrame({"plate": "p", "well": ["a", "b", "c"], "time": [0.0, 0.0, 6.0]})
    tiles = meta.loc[meta.index.repeat(2)].reset_index(drop=True).assign(tile=[0, 1] * 3)
    figures = Profiles(
        meta=meta, features=np.array([[1.0, 0.1], [2, 0.2], [3, 0.3]]), names=("cells", "share")
    )
    return Profiles(meta=tiles, features=np.zeros((6, 2))), figures


def test_each_tile_has_the_figures_of_its_image() -> None:
    embeddings, figures = tables()
    made = with_columns(embeddings, {"cell_count": figures})
    assert made.meta["cells"].tolist() == [1, 1, 2, 2, 3, 3]
    assert made.meta["share"].dtype == np.float64
    assert made.provenance[-1] == {
        "step": "measured",
        "by": ["cell_count"],
        "columns": ["cells", "share"],
    }
    own = with_columns(figures, {"cell_count": figures})
    assert "cells" not in own.meta, "a feature stays one"


def test_rows_of_other_images_are_an_error() -> None:
    embeddings, figures = tables()
    for wrong in (figures.take(np.array([0, 1])), figures.take(np.array([1, 0, 2]))):
        with pytest.raises(RuntimeError, match="rows of cell_count are not those"):
            with_columns(embeddings, {"cell_count": wrong})
    more = replace(embeddings, meta=embeddings.meta.assign(batch="b"))
    assert with_columns(more, {"cell_count": figures}).meta["cells"].iloc[-1] == 3


def test_a_column_of_the_screen_is_not_replaced() -> None:
    refuse_twice(pd.DataFrame({"plate": ["p"]}), {"cell_count": ("cells",)})
    with pytest.raises(InputError, match="cell_count measures 'cells', and the screen has"):
        refuse_twice(pd.DataFrame({"cells": [1]}), {"cell_count": ("cells",)})


def test_the_key_holds_what_was_measured() -> None:
    assert measured_key("a", []) == "a"
    assert measured_key("a", ["b", "c"]) == "a + b + c"
