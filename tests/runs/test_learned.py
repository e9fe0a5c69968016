"""Embeddings are read only when they are asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.runs.learned import Embeddings, Learned


def test_embeddings_wait_and_the_rest_is_empty() -> None:
    profiles = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.ones((1, 2)))
    calls: list[int] = []

    def load() -> Profiles:
        calls.append(1)
        return profiles

    learned = Learned({"joint": Embeddings("key", load)})
    assert calls == []
    assert learned.embeddings["joint"].load() is profiles
    assert (learned.baselines, learned.cost, learned.notes, learned.data) == ({}, {}, (), {})
