"""The test labels, measured as NSC and NSCB are, for the choice and beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from phenolens.chains.chain import profile, read_chain
from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb
from phenolens.profiling.aggregate import Aggregate
from phenolens.statistics.paired import paired_difference
from phenolens.tune.labels import gain, label_scores, truth_of


def test_the_truth_is_the_mechanism_else_the_target(wells: Profiles) -> None:
    assert truth_of(wells.meta) == "moa"
    bare = wells.meta.drop(columns="moa")
    assert truth_of(bare) is None
    assert truth_of(bare.assign(target=np.arange(len(bare)) % 3)) == "target"
    assert truth_of(wells.meta.assign(moa=None, target="t")) == "target"


def test_scores_are_those_of_the_metrics(wells: Profiles) -> None:
    chains = {"chosen": read_chain("standardize"), "as given": ()}
    scores, notes = label_scores(wells, chains, "moa", seed=0)
    assert notes == ["nscb: one profile per treatment and batch: most treatments are in several."]
    for who, text in (("chosen", "standardize"), ("as given", "")):
        made = profile(wells, text)
        nsc = Nsc()(Aggregate(by=("treatment",))(made))
        nscb = Nscb()(Aggregate(by=("treatment", "batch"))(made))
        assert scores[who]["nsc"].summary() == nsc.summary()
        assert scores[who]["nscb"].summary() == nscb.summary()
        assert (nsc.n, nscb.n) == (12, 24)
    for name in ("nsc", "nscb"):
        one, other = scores["chosen"][name], scores["as given"][name]
        found = gain(one, other, seed=0)
        assert found["value"] == pytest.approx(one.value - other.value)
        assert found["low"] == paired_difference(one, other).low


def test_treatments_of_one_batch_stay_one_profile(
    wells: Profiles, made_wells: Callable[..., Profiles]
) -> None:
    number = wells.meta["compound"].str.extract(r"c(\d+)")[0].astype(float)
    own = np.where(number % 2 == 0, "b0", "b1")
    kept = wells.meta["control"] | (wells.meta["batch"] == own)
    scores, notes = label_scores(wells.take(kept.to_numpy()), {"a": ()}, "moa", seed=0)
    assert scores["a"]["nscb"].n == 12
    assert notes == []
    bare = made_wells()
    bare = replace(bare, meta=bare.meta.drop(columns="batch"))
    scores, notes = label_scores(bare, {"a": (), "b": ()}, "moa", seed=0)
    assert set(scores["a"]) == {"nsc"}
    (note,) = notes
    assert note.startswith("nscb could not be computed: nscb needs a column 'batch'")
