from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.replicate_retrieval import ReplicateRetrieval


def on_a_line(treatments: str, plates: list[int]) -> Profiles:
    """One profile at 1, 2, 4, 8, ...: the one before is always the nearest, then the next."""
    meta = pd.DataFrame({"treatment": list(treatments), "plate": plates})
    meta["compound"] = meta["treatment"].str.lower()
    return Profiles(meta=meta, features=2.0 ** np.arange(len(meta))[:, None])


def test_replicates_are_on_another_plate_and_other_doses_are_neither() -> None:
    """a and A are doses of one compound. From a at 1: A (2) is no one, b (4), then a at 8: 1/2."""
    profiles = on_a_line("aAbaab", [0, 1, 0, 1, 0, 1])
    score = ReplicateRetrieval(distance="euclidean")(profiles)
    value = dict(zip(score.rows["treatment"], score.rows["value"], strict=True))
    # a at 1 (plate 0): b, a(8): 1/2.  a at 8 (plate 1): b at 4, a at 1, a at 16: 1/2, 2/3.
    # a at 16 (plate 0): a at 8 on plate 1 first (b at 4 after it): 1.
    assert value["a"] == pytest.approx(np.mean([1 / 2, (1 / 2 + 2 / 3) / 2, 1]))
    # b at 4: A, a, a, a before b at 32: 1/5.  b at 32: a (16), a (8), then b at 4: 1/3.
    assert value["b"] == pytest.approx(np.mean([1 / 5, 1 / 3]))
    assert "queries without a positive or a negative left out: 1" in score.notes


def test_on_one_plate_replicates_are_in_other_wells() -> None:
    score = ReplicateRetrieval(distance="euclidean")(on_a_line("aabb", [0, 0, 0, 0]))
    assert score.n == 2
    assert "only one plate: replicates may share it" in score.notes


def test_no_replicate_is_said() -> None:
    with pytest.raises(InputError, match="replicate_retrieval needs rows with a positive"):
        ReplicateRetrieval()(on_a_line("abc", [0, 1, 2]))


def test_of_cpjump1(jump_plates: Profiles) -> None:
    """As copairs has it for compounds (test_average_precision.py): the treatments are compounds."""
    score = ReplicateRetrieval()(jump_plates)
    assert score.value == pytest.approx(0.268, abs=1e-3)
    assert (score.n, score.figures["queries"]) == (306, 1600)
    assert score.low < score.value < score.high
    assert score.null == pytest.approx(0.00696, abs=1e-5)
