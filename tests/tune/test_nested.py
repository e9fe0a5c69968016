"""A chain is chosen without the compounds that it is then judged by."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.chain import read_chain
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.tune.criterion import Criterion
from phenolens.tune.layout import Layout
from phenolens.tune.nested import Candidates, nested
from phenolens.tune.search import Trial

LAYOUT = Layout(PairRule(), PairRule(), None, ())
CRITERION = Criterion(LAYOUT)
NAMES = [f"c{i // 2}@{i % 2}" for i in range(20)]  # ten compounds at two doses
COMPOUND = pd.Series([name[:2] for name in NAMES], index=NAMES)


def trial(text: str, values: list[float], mixing: float = math.nan) -> Trial:
    return Trial(read_chain(text), pd.Series(values, index=NAMES).sort_index(), mixing)


def candidates(*trials: Trial) -> Candidates:
    return Candidates.of(trials, COMPOUND)


def test_the_best_on_the_rest_scores_the_fold() -> None:
    rng = np.random.default_rng(0)
    table = rng.uniform(size=(3, 20))
    found = candidates(
        trial("standardize", table[0].tolist()),
        trial("robustize", table[1].tolist()),
        trial("sphere", table[2].tolist()),
    )
    score, chains = nested(found, CRITERION, 5, seed=3)
    assert len(chains) == 5
    values = found.values  # in the order of the treatments
    total = 0.0
    for held, chain in enumerate(chains):
        out = (score.rows["fold"] == held).to_numpy()
        assert out.sum() == 4  # two compounds, two doses each
        best = int(np.argmax(values[:, ~out].mean(axis=1)))
        assert chain == found.trials[best].name
        assert (score.rows["chain"][out] == chain).all()
        np.testing.assert_array_equal(score.rows["value"][out], values[best, out])
        total += values[best, out].sum()
    assert score.value == pytest.approx(total / 20)
    assert score.rows.groupby("compound")["fold"].nunique().eq(1).all()
    assert score.low < score.value < score.high
    assert nested(found, CRITERION, 5, seed=3)[0].rows.equals(score.rows)
    assert not nested(found, CRITERION, 5, seed=4)[0].rows["fold"].equals(score.rows["fold"])


def test_what_a_fold_scores_plays_no_part_in_its_choice() -> None:
    rng = np.random.default_rng(1)
    table = rng.uniform(size=(4, 20))
    names = ("standardize", "robustize", "sphere", "coral")
    found = candidates(*(trial(n, v.tolist()) for n, v in zip(names, table, strict=True)))
    score, chains = nested(found, CRITERION, 5, seed=0)
    for held in range(5):
        out = (score.rows["fold"] == held).to_numpy()
        other = found.values.copy()
        other[:, out] = rng.uniform(size=(4, int(out.sum())))  # whatever they had scored
        changed = Candidates(found.trials, found.rows, other, {})
        assert nested(changed, CRITERION, 5, seed=0)[1][held] == chains[held]


def test_choosing_among_noise_is_worth_nothing() -> None:
    """The best of 60 chains of pure noise looks good; nested it is worth what all are."""
    rng = np.random.default_rng(0)
    found = candidates(
        *(trial(f"pca(components={k + 1})", rng.uniform(size=20).tolist()) for k in range(60))
    )
    best = found.values[found.best(CRITERION, np.ones(20, dtype=bool))].mean()
    score, _ = nested(found, CRITERION, 5, seed=0)
    assert best > 0.6
    assert score.low < 0.5 < score.high


def test_of_equals_the_shortest_then_the_first() -> None:
    everyone = np.ones(20, dtype=bool)
    same = [0.5] * 20
    slight = [0.5 + 9e-4] * 20
    found = candidates(
        trial("standardize,sphere", slight),
        trial("robustize", same),
        trial("standardize", same),
    )
    assert found.trials[found.best(CRITERION, everyone)].name == "robustize"
    ahead = candidates(trial("standardize,sphere", [0.502] * 20), trial("robustize", same))
    assert ahead.trials[ahead.best(CRITERION, everyone)].name == "standardize,sphere"


def test_mixing_counts_where_it_is_asked_to() -> None:
    everyone = np.ones(20, dtype=bool)
    found = candidates(trial("robustize", [0.6] * 20, 0.2), trial("coral", [0.5] * 20, 0.9))
    assert found.trials[found.best(CRITERION, everyone)].name == "robustize"
    assert found.trials[found.best(Criterion(LAYOUT, 0.4), everyone)].name == "coral"


def test_chains_that_failed_or_score_others_are_left_out() -> None:
    bad = Trial(read_chain("tvn"), pd.Series(dtype=float), 0.0, "no controls")
    fewer = Trial(read_chain("pca"), pd.Series([1.0, 1.0], index=NAMES[:2]), 0.0)
    found = candidates(bad, fewer, trial("robustize", [0.5] * 20), trial("coral", [0.4] * 20))
    assert [t.name for t in found.trials] == ["robustize", "coral"]
    assert found.lost == {
        "tvn": "no controls",
        "pca": "scores 2 treatments where others score 20",
    }
    assert not found.comparable(bad)
    assert not found.comparable(fewer)
    assert found.comparable(found.trials[0])
    with pytest.raises(InputError, match="no chain can be applied to this table: no controls"):
        candidates(bad)


def test_nothing_to_hold_out_is_refused() -> None:
    one = [name for name in NAMES if name.startswith("c0")]
    values = pd.Series([0.5, 0.5], index=one)
    found = Candidates.of([Trial(read_chain("pca"), values, 0.0)], COMPOUND)
    with pytest.raises(InputError, match="cannot hold out compounds: 5 folds of 1 compounds"):
        nested(found, CRITERION, 5, seed=0)
