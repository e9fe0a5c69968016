from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.predictability import predict_columns
from phenolens.core.profiles import Profiles

pytestmark = pytest.mark.usefixtures("unchecked")  # checked elsewhere; it halves the time

Made = Callable[[int], Profiles]


def shifted(table: Profiles, column: str, size: float) -> Profiles:
    rng = np.random.default_rng(9)
    place = pd.factorize(table.meta[column])[0]
    effect = size * rng.normal(size=(place.max() + 1, table.features.shape[1]))
    return replace(table, features=(table.features + effect[place]).astype(np.float32))


def test_a_clean_table_shows_nothing(clean: Made) -> None:
    for seed in range(3):
        predictions, found = predict_columns(clean(seed), confounded=False, seed=0)
        assert found == []
        assert {row.on for row in predictions} == {"controls", "all"}
        assert {row.column for row in predictions} == {"plate", "batch", "row", "column", "well"}


def test_what_was_planted_is_read_off_and_nothing_else(clean: Made) -> None:
    keys = {"batch": "predicts_batch", "plate": "predicts_plate", "well": "predicts_well_position"}
    for column, key in keys.items():
        _, found = predict_columns(shifted(clean(0), column, 1.0), confounded=False, seed=0)
        assert key in {f.key for f in found}
        if column == "well":
            assert {f.key for f in found} == {key}


def test_training_and_test_share_no_plate_well_or_compound(clean: Made) -> None:
    predictions = predict_columns(clean(0), confounded=False, seed=0, permutations=0)[0]
    grouped = {(row.column, row.on): row.grouped_by for row in predictions}
    assert {grouped[column, "all"] for column in ("plate", "batch", "row", "well")} == {"compound"}
    assert grouped["plate", "controls"] == "well"
    assert {grouped[c, "controls"] for c in ("batch", "row", "column", "well")} == {"plate"}


def test_what_cannot_be_asked_says_why(clean: Made) -> None:
    table = clean(0)
    predictions = predict_columns(table, confounded=True, seed=0, permutations=0)[0]
    why = {(row.column, row.on): row.why_not for row in predictions}
    assert "would predict compounds" in why["row", "all"]
    bare = replace(table, meta=table.meta[["plate", "compound"]])
    predictions = predict_columns(bare, confounded=False, seed=0, permutations=0)[0]
    why = {(row.column, row.on): row.why_not for row in predictions}
    assert why["batch", "all"] == "the table has no batch"
    assert why["plate", "controls"] == "no row is a negative control"
