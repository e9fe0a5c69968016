"""Every chain is measured once, and what chains begin with in common is done once."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.chain import chain_text, profile, read_chain
from phenolens.core.profiles import Profiles
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.standardize import Standardize
from phenolens.tune.criterion import Criterion
from phenolens.tune.layout import Layout
from phenolens.tune.search import Trial, search

CHAINS = [
    read_chain(text)
    for text in (
        "standardize,sphere",
        "",
        "sphere",
        "standardize",
        "standardize,sphere,coral",
        "standardize,sphere(regularization=1)",
    )
]


def trials(wells: Profiles, chains: Any, **more: Any) -> dict[str, Trial]:
    found = search(wells, chains, Criterion(Layout.of(wells)), more.pop("say", print), **more)
    return {chain_text(trial.chain): trial for trial in found}


def test_a_chain_is_worth_what_its_steps_give(wells: Profiles) -> None:
    found = trials(wells, CHAINS)
    assert set(found) == {chain_text(chain) for chain in CHAINS}
    criterion = Criterion(Layout.of(wells))
    for name, trial in found.items():
        made = profile(wells, name)
        rows = criterion.retrieval(made).rows
        assert trial.values.to_dict() == dict(zip(rows["treatment"], rows["value"], strict=True))
        assert trial.mixing == criterion.mixing(made)
        assert not trial.failed
    assert found[""].name == "as given"


def test_what_chains_begin_with_is_done_once(
    wells: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: Counter[str] = Counter()
    for step in (Standardize, Sphere):
        true = step.__call__

        def counted(self: Any, profiles: Profiles, true: Any = true) -> Profiles:
            called[type(self).__name__] += 1
            return true(self, profiles)

        monkeypatch.setattr(step, "__call__", counted)
    trials(wells, CHAINS)
    assert called == {"Standardize": 1, "Sphere": 3}


def test_each_chain_is_a_line_and_a_failure_is_its_reason(wells: Profiles) -> None:
    said: list[str] = []
    chains = [read_chain("standardize"), read_chain("aggregate(by=[treatment])")]
    found = trials(wells, chains, say=said.append)
    bad = found["aggregate(by=[treatment])"]
    assert bad.failed
    assert len(bad.values) == 0
    assert [line.split(" ")[0] for line in said] == ["1/2", "2/2"]
    assert bad.failed in said[0]
    value = found["standardize"].values.mean()
    assert said[1] == f"2/2 standardize: {value:.3f} (best so far {value:.3f})"


def test_what_was_measured_before_is_taken(wells: Profiles) -> None:
    said: list[str] = []
    kept = Trial(read_chain("standardize"), pd.Series({"c00": 0.25}), math.nan)
    found = trials(wells, [kept.chain], say=said.append, known={"standardize": kept})
    assert found["standardize"] is kept
    assert said == ["1/1 standardize: 0.250 (best so far 0.250), measured before"]


def test_control_fitted_steps_do_not_see_the_compounds_held_out(wells: Profiles) -> None:
    """Without half of the compounds, the others' features come out as they were."""
    number = wells.meta["compound"].str.extract(r"c(\d+)")[0].astype(float)
    part = (wells.meta["control"] | (number < 6)).to_numpy()
    for text in (
        "standardize,sphere(regularization=1,components=all),coral",
        "robustize,tvn(family=ws_dino)",
        "standardize,tvn(family=efaar)",
    ):
        whole = profile(wells, text).take(part)
        alone = profile(wells.take(part), text)
        np.testing.assert_allclose(whole.features, alone.features, atol=1e-4)
