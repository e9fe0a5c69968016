from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.effect_accuracy import EffectAccuracy


def table(truth: list[str | None], called: Sequence[str | None], replicates: int = 2) -> Profiles:
    meta = pd.DataFrame({"effect": truth, "effect_called": called})
    meta["compound"] = [f"c{i}" for i in range(len(meta))]
    meta = pd.concat([meta] * replicates, ignore_index=True)
    control = pd.DataFrame({"effect": ["DMSO"], "effect_called": ["control"], "compound": ["DMSO"]})
    meta = pd.concat([meta, control], ignore_index=True)
    meta["control"] = meta["compound"] == "DMSO"
    return Profiles(meta=meta, features=np.full((len(meta), 1), np.nan))


TRUTH: list[str | None] = ["none", "none", "cytotoxic", "cytotoxic", "mixed"]
CALLED = ["none", "cannot tell", "cytotoxic", "mixed", "mixed"]


def test_a_missing_call_is_no_answer() -> None:
    called: list[str | None] = ["none", None, "cytotoxic", "mixed", "mixed"]
    score = EffectAccuracy(permutations=20)(table(TRUTH, called))
    assert score.figures == EffectAccuracy(permutations=20)(table(TRUTH, CALLED)).figures


def test_accuracy_recall_and_confusion_by_hand() -> None:
    score = EffectAccuracy(permutations=200)(table(TRUTH, CALLED))
    assert (score.hits, score.n, score.value) == (3, 5, 0.6)
    wanted = {
        "cannot_tell": 0.2,
        "when_called": 0.75,
        "balanced": (0.5 + 0.5 + 1) / 3,
        "recall_none": 0.5,
        "recall_cytotoxic": 0.5,
        "recall_mixed": 1.0,
        "none_as_none": 1,
        "none_as_cannot_tell": 1,
        "cytotoxic_as_cytotoxic": 1,
        "cytotoxic_as_mixed": 1,
        "mixed_as_mixed": 1,
    }
    assert dict(score.figures) == pytest.approx(wanted)
    assert score.rows["value"].tolist() == [1, 0, 1, 0, 1]


def test_the_null_is_what_shuffled_truth_gives() -> None:
    """The products of the classes' shares, summed: 2/5 1/5 + 2/5 1/5 + 1/5 2/5."""
    score = EffectAccuracy(permutations=20_000)(table(TRUTH, CALLED))
    assert score.null == pytest.approx(0.24, abs=0.01)
    assert 0 < score.p < 0.2


def test_calls_at_random_are_no_better_than_the_null() -> None:
    rng = np.random.default_rng(0)
    words = np.array(["none", "cytotoxic", "cytostatic", "mixed"])
    score = EffectAccuracy()(table(list(rng.choice(words, 300)), list(rng.choice(words, 300)), 1))
    assert score.p > 0.01
    assert score.low < score.null < score.high


def test_replicates_count_once_and_no_truth_is_left_out() -> None:
    one = EffectAccuracy()(table(TRUTH, CALLED, 1))
    three = EffectAccuracy()(table(TRUTH, CALLED, 3))
    assert one.summary() == three.summary()
    some = EffectAccuracy()(table([None, *TRUTH[1:]], CALLED))
    assert some.n == 4
    assert some.notes == ("treatments without 'effect' left out: 1",)
    with pytest.raises(InputError, match="treated rows with a 'effect', and there is none"):
        EffectAccuracy()(table([None] * 5, CALLED))


def test_a_treatment_with_two_classes_is_refused() -> None:
    given = table(TRUTH, CALLED)
    meta = given.meta.copy()
    meta.loc[0, "effect_called"] = "mixed"
    with pytest.raises(InputError, match="compound=c0 has several values in effect or"):
        EffectAccuracy()(dataclasses.replace(given, meta=meta))
