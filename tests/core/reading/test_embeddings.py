"""A column of lists of numbers is an embedding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.embeddings import unrolled


def test_lists_become_columns_in_their_place() -> None:
    frame = pd.DataFrame(
        {"Metadata_Plate": ["p", "q"], "emb": [[0.5, 1.5], np.array([2.5, 3.5])], "score": [1, 2]}
    )
    made, facts = unrolled(frame)
    assert list(made) == ["Metadata_Plate", "emb_0", "emb_1", "score"]
    assert made[["emb_0", "emb_1"]].to_numpy().tolist() == [[0.5, 1.5], [2.5, 3.5]]
    assert facts == {"lists": ["emb"]}


def test_lists_of_names_stay() -> None:
    frame = pd.DataFrame({"wells": [["A1"], ["A2", "A3"]], "Metadata_box": [[0.5], [1.5]]})
    assert unrolled(frame)[0] is frame


def test_lists_of_different_length_are_named() -> None:
    with pytest.raises(InputError, match="row 3: 'emb' holds 1 numbers, the first row has 2"):
        unrolled(pd.DataFrame({"emb": [[0.5, 1.5], [0.5]]}))


def test_lists_of_whole_numbers_are_an_embedding_if_all_are_as_long(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Metadata_Well": ["A1", "A2"], "emb": [[1, 2], [3, 4]]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert Profiles.load(tmp_path / "t.parquet").names == ("emb_0", "emb_1")
    frame = frame.assign(neighbours=[[1], [2, 3]], f=[0.5, 1.5]).drop(columns="emb")
    frame.to_parquet(tmp_path / "t.parquet")
    made = Profiles.load(tmp_path / "t.parquet")
    assert made.names == ("f",)
    assert made.meta["neighbours"].tolist() == ["1", "2|3"]


def test_lists_as_text_are_refused(tmp_path: Path) -> None:
    text = 'Metadata_Well,emb,score\nA1,"[0.1, 0.2]",0.5\nA2,"[0.3, 0.4]",0.6\n'
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match="'emb' holds lists of numbers as text"):
        Profiles.load(tmp_path / "t.csv")
