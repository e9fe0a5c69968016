from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from phenolens.core.profiles import Profiles
from phenolens.neighbours.order import canonical_order


@given(st.integers(0, 10_000))
def test_any_order_of_the_table_gives_one_order(seed: int) -> None:
    """With rows that only their features tell apart, and rows that nothing does."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    meta = pd.DataFrame(
        {
            "zeta": rng.choice(np.array(["a", None], dtype=object), n),
            "treatment": rng.choice(list("xyz"), n),
            "well": rng.choice(["A01", "A02"], n),
        }
    )
    profiles = Profiles(meta=meta, features=rng.integers(0, 2, (n, 2)).astype(float))
    sorted_once = profiles.take(canonical_order(profiles))
    turned = profiles.take(rng.permutation(n))
    again = turned.take(canonical_order(turned))
    pd.testing.assert_frame_equal(again.meta, sorted_once.meta)
    np.testing.assert_array_equal(again.features, sorted_once.features)


def test_identity_comes_before_other_columns() -> None:
    meta = pd.DataFrame({"a": [1, 2, 3], "plate": ["p2", "p1", "p1"], "treatment": ["t", "t", "s"]})
    profiles = Profiles(meta=meta, features=np.eye(3))
    assert canonical_order(profiles).tolist() == [2, 1, 0]


def test_a_table_without_metadata_is_sorted_by_its_features() -> None:
    profiles = Profiles(meta=pd.DataFrame(index=range(3)), features=np.array([[2.0], [1.0], [3.0]]))
    turned = profiles.take(np.array([2, 0, 1]))
    one = profiles.take(canonical_order(profiles)).features
    np.testing.assert_array_equal(one, turned.take(canonical_order(turned)).features)


def test_rows_that_nothing_tells_apart_have_an_order_without_features_too() -> None:
    meta = pd.DataFrame({"well": ["B01", "A01", "A01"]})
    profiles = Profiles(meta=meta, features=np.empty((3, 0)))
    assert canonical_order(profiles).tolist() == [1, 2, 0]
