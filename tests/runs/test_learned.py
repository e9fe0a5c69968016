"""What the pixel half hands over; a table brings embeddings alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.runs.learned import Learned


def test_a_table_brings_embeddings_alone() -> None:
    profiles = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.ones((1, 2)))
    learned = Learned(embeddings={"table": profiles})
    assert (learned.baselines, learned.cost, learned.notes, learned.data) == ({}, {}, (), {})
