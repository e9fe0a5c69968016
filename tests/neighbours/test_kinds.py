from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.neighbours.kinds import RuleKinds

RULES = [
    PairRule(),
    PairRule(same=("a",)),
    PairRule(differ=("b",)),
    PairRule(same=("a",), differ=("b",)),
    PairRule(differ=("a", "b")),
    PairRule(differ=("b",), unless=("a",)),
    PairRule(unless=("a", "b")),
]


@given(st.integers(0, 10_000), st.sampled_from(RULES))
def test_kinds_say_of_rows_what_the_rule_says(seed: int, rule: PairRule) -> None:
    """Cells with several values and cells with none among them."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    meta = pd.DataFrame(
        {
            "a": rng.choice(np.array(["x", "y", "x|y", None], dtype=object), n),
            "b": rng.integers(0, 4, n),
        }
    )
    kinds = RuleKinds.of(meta, rule)
    found = kinds.allowed(np.arange(len(kinds)))[kinds.code][:, kinds.code]
    np.fill_diagonal(found, val=False)
    np.testing.assert_array_equal(found, rule.allows(meta))


def test_columns_that_no_two_may_share_all_of() -> None:
    """One of them shared is no matter; an unknown value may be the other's."""
    meta = pd.DataFrame(
        {"a": ["x", "x", "x", "y"], "b": ["1|2", "2|3", "3", None], "c": list("pqrs")}
    )
    kinds = RuleKinds.of(meta, PairRule(differ=("c",), unless=("a", "b")))
    found = kinds.allowed(np.arange(4))[kinds.code][:, kinds.code]
    assert found.astype(int).tolist() == [
        [0, 0, 1, 1],  # 1|2 and 2|3 share 2, and both are x
        [0, 0, 0, 1],
        [1, 0, 0, 1],
        [1, 1, 1, 0],  # whatever its b, it is no x
    ]
    alone = RuleKinds.of(meta, PairRule(differ=("c",), unless=("b",)))
    assert not alone.allowed(np.arange(4))[alone.code[3]].any()
    with pytest.raises(InputError, match="'d' that the table lacks"):
        RuleKinds.of(meta, PairRule(unless=("d",)))


def test_whom_a_kind_may_not_meet_are_few_slices() -> None:
    """Batches have fewer values than compounds: a batch is one slice."""
    meta = pd.DataFrame(
        {"compound": np.repeat(np.arange(30), 4), "batch": np.tile(np.arange(4), 30)}
    )
    kinds = RuleKinds.of(meta, PairRule(differ=("compound", "batch")))
    refused = ~kinds.allowed(np.arange(len(kinds)))
    slices = (np.diff(refused.astype(int), axis=1, prepend=0) == 1).sum(axis=1)
    assert slices.max() <= 4  # its batch, and its compound once in each of the others


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="did you mean 'batch'"):
        RuleKinds.of(pd.DataFrame({"batch": [1]}), PairRule(differ=("batches",)))
