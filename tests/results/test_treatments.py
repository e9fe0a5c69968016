from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from phenolens.report.tables import (
    Answer,
    cost_facts,
    duration,
    provenance_facts,
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


def test_cost_says_what_is_known() -> None:
    cost = {
        "train_seconds": 412.7, "images_per_second": 1318.2, "peak_memory_mb": 2048.0,
        "parameters": 5_524_416, "device": "cpu", "embed_seconds": None,
    }  # fmt: skip
    assert cost_facts(cost) == [
        ("Training", "6 min 53 s"), ("Speed", "1,318 images/s"), ("Peak memory", "2.0 GB"),
        ("Parameters", "5.5 M"), ("Device", "cpu"),
    ]  # fmt: skip
    assert cost_facts({}) == []


def test_provenance_is_flat_and_keeps_its_order() -> None:
    given = {"versions": {"numpy": "2"}, "steps": ["a", "b"], "none": None, "deep": {"x": {"y": 1}}}
    assert provenance_facts(given) == [
        ("versions.numpy", "2"), ("steps", "a, b"), ("deep.x.y", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3600, "1 h 0 min"), (math.nan, "")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, None), (math.nan, None), (pd.NA, None), (3.0, "3"), ("x", "x")]
)
def test_cells_as_text(value: object, said: str | None) -> None:
    assert text(value) == said
