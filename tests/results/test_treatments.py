from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.drawing.categories import CONTROL
from phenolens.results.contents import RunContents
from phenolens.results.treatments import (
    Answer,
    marks_of,
    mechanisms,
    rows_of,
    text,
    treatment_rows,
)

META = pd.DataFrame({
    "treatment": ["b@1", "a@1"], "moa": ["m", None], "batch": ["W1|W2", "W1"], "count": [40, 7],
})  # fmt: skip
NSC = pd.DataFrame({
    "treatment": ["a@1", "c@1"], "moa": ["m", "n"], "neighbour": ["b@1", None],
    "neighbour_moa": ["m", None], "distance": [0.25, np.inf], "value": [1, 0],
})  # fmt: skip


def test_one_row_for_each_treatment_known_anywhere() -> None:
    scored, rows = treatment_rows(META, {"nsc": NSC})
    assert scored == ["nsc"]
    assert [(r.treatment, r.moa, r.batch, r.count) for r in rows] == [
        ("a@1", None, "W1", "7"), ("b@1", "m", "W1, W2", "40"), ("c@1", "n", "", ""),
    ]  # fmt: skip
    assert rows[0].answers["nsc"] == Answer(True, "b@1", "m", 0.25)
    assert rows[2].answers["nsc"] == Answer(False, "", "", math.inf)
    assert "nsc" not in rows[1].answers


def test_many_batches_are_counted() -> None:
    _, rows = treatment_rows(META.assign(batch=["W1|W2|W3|W4", "W10|W9"]), {})
    assert [row.batch for row in rows] == ["W9, W10", "4 batches"]


def test_an_absent_value_was_not_asked() -> None:
    _, rows = treatment_rows(None, {"nsc": NSC.assign(value=np.nan)})
    assert rows[0].answers["nsc"].hit is None


def test_scores_without_one_neighbour_a_treatment_are_no_columns() -> None:
    twice = pd.concat([NSC, NSC])
    scored, rows = treatment_rows(META, {"drop": NSC.drop(columns="neighbour"), "wells": twice})
    assert scored == []
    assert [row.treatment for row in rows] == ["a@1", "b@1"]


def test_nothing_known_is_no_row() -> None:
    assert treatment_rows(None, {}) == ([], [])


@pytest.mark.parametrize(
    ("value", "said"), [(None, None), (math.nan, None), (pd.NA, None), (3.0, "3"), ("x", "x")]
)
def test_cells_as_text(value: object, said: str | None) -> None:
    assert text(value) == said


def test_controls_are_named_so() -> None:
    meta = pd.DataFrame({"moa": ["x", None, None], "control": [False, True, False]})
    assert mechanisms(meta) == ["x", CONTROL, None]


def test_a_mechanism_has_one_mark_with_or_without_profiles(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    bare = replace(run, profiles=None)
    assert len(marks_of(run)) == 12
    assert list(marks_of(run)) == list(marks_of(bare))
    assert len(rows_of(run)[1]) == len(rows_of(bare)[1]) == 60
