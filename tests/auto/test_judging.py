"""Scores by what the table says, and steps where no chain can be chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.auto.conftest import facts

from phenolens.auto.judging import metrics, profiling, unnamed, without_a_search
from phenolens.chains.chain import build_steps, profile
from phenolens.chains.scoring import read_metrics
from phenolens.core.profiles import Profiles


def test_each_score_needs_what_it_is_about() -> None:
    everything, _ = metrics(facts())
    assert list(everything) == ["nsc", "nscb", "drop", "replicate_retrieval"]
    assert list(metrics(facts(batches=1))[0]) == ["nsc", "replicate_retrieval"]
    assert list(metrics(facts(mechanisms=0))[0]) == ["replicate_retrieval"]
    assert list(metrics(facts(mechanisms=0, replicated=0.0))[0]) == ["same_group_neighbours"]
    assert "none" in metrics(facts(mechanisms=0, replicated=0.0, plates=1))[1][0].value
    read_metrics(everything, profiling(facts(), []), "metrics")


def test_steps_without_a_search() -> None:
    by_controls, choice = without_a_search(facts())
    assert by_controls[0]["on"] == "controls"
    assert "controls of each plate" in choice.value
    assert without_a_search(facts(controls=1))[0][0]["on"] == "all"
    whole = profiling(facts(), by_controls)
    assert [one["step"] for one in whole] == ["aggregate", "standardize", "aggregate"]
    assert len(build_steps(whole)) == 3
    assert len(profiling(facts(treatments=0), by_controls)) == 2
    assert [one["step"] for one in profiling(facts(), by_controls, unit=True)] == [
        *("aggregate", "standardize", "unit_length", "aggregate")
    ]


def test_wells_that_the_table_does_not_name_are_left_out_and_named() -> None:
    meta = pd.DataFrame(
        {"plate": "P1", "well": ["A01", "A02", "A03"], "treatment": ["a", "a", None]}
    )
    wells = Profiles(meta, np.array([[1.0], [3.0], [9.0]]))
    made = profile(wells, build_steps(profiling(facts(unnamed=1), [])))
    assert made.meta["treatment"].tolist() == ["a"]
    assert made.features.tolist() == [[2.0]]
    assert unnamed(facts()) == []
    assert unnamed(facts(unnamed=1))[0].value == "1 are in no score"
