from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from phenolens.audit.levels import Levels
from phenolens.audit.protocols import PROTOCOLS, Protocol, against_chance, ask, ask_all, keys
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.metrics.grit import Grit
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb
from phenolens.statistics.intervals import interval_of_mean

Made = Callable[[int], Profiles]
ASKED = {protocol.key: protocol for protocol in PROTOCOLS}


def test_scores_are_the_metrics_own(clean: Made) -> None:
    levels = Levels.of(clean(0))
    assert levels.treatments is not None
    assert levels.by_batch is not None
    told = ask(ASKED["nsc"], levels, 3)
    own = Nsc(seed=3)(levels.treatments)
    assert told.score is not None
    assert told.score.summary() == own.summary()
    plain = told.plain()
    low, high = interval_of_mean(own.rows["value"].to_numpy(float), own.rows["compound"])
    assert (plain["boot_low"], plain["boot_high"]) == told.over_compounds == (low, high)
    strict = ask(ASKED["nscb_strict"], levels, 3).score
    assert strict is not None
    assert strict.summary() == Nscb(seed=3)(levels.by_batch).summary()


def test_every_row_says_how_to_read_it_and_every_metric_exists() -> None:
    for protocol in PROTOCOLS:
        assert protocol.metric in catalogue("metrics")
        assert all((protocol.title, protocol.good, protocol.chance, protocol.blind))
    assert len(ASKED) == len(PROTOCOLS)


def test_titles_and_readings_are_those_of_the_metric_but_for_variants() -> None:
    assert ASKED["grit"].title == Grit.title
    assert (ASKED["nsc"].good, ASKED["nsc"].blind) == (Nsc.good, Nsc.blind)
    assert ASKED["nscb_median_batch"].title == f"{Nscb.title}, median batch"
    assert ASKED["nscb_median_batch"].chance == Nscb.chance
    assert ASKED["nscb_median_batch"].blind != Nscb.blind


def test_the_leading_scores_are_chosen_in_one_place() -> None:
    assert keys("judged") == ("nsc", "nscb_strict")
    assert keys("verdict") == ("nsc", "nscb_strict", "replicate_retrieval")
    assert set(keys("drawn")) < set(keys("compared"))


def test_what_cannot_be_asked_says_why(clean: Made) -> None:
    table = clean(0)
    bare = Levels.of(replace(table, meta=table.meta.drop(columns="batch")))
    assert ask(ASKED["nscb_strict"], bare, 0).why_not == "the table has no column 'batch'"
    treatments = Levels.of(table).treatments
    assert treatments is not None
    flat = Levels.of(treatments)
    assert ask(ASKED["activity"], flat, 0).why_not == "the table has no wells"
    # All treatments stand in all batches: strict NSCB would be 0 of 24, and mean nothing.
    assert "have no allowed neighbour" in ask(ASKED["nscb_strict"], flat, 0).why_not
    unknown = Protocol(key="x", metric="no_such", level="wells")
    assert "no metric no_such" in ask(unknown, flat, 0).why_not


def test_another_truth_is_matched_on(clean: Made) -> None:
    table = clean(0)
    levels = Levels.of(replace(table, meta=table.meta.rename(columns={"moa": "target"})))
    own, asked = ask(ASKED["nsc"], Levels.of(table), 0).score, ask(ASKED["nsc"], levels, 0).score
    assert own is not None
    assert asked is not None
    assert asked.value == own.value
    assert "target" in asked.rows


def test_a_score_of_chance_and_one_that_leans_on_batches_are_told(
    clean: Made, bbbc021: Profiles
) -> None:
    table = clean(0)
    features = np.random.default_rng(0).normal(size=table.features.shape)
    noise = replace(table, features=features)
    found = against_chance(ask_all(Levels.of(noise), 0))
    assert {f.severity for f in found if f.key == "chance"} == {"warning"}
    found = against_chance(ask_all(Levels.of(table), 0))
    assert {(f.key, f.severity) for f in found} == {("chance", "fine")}
    raw = Levels.of(bbbc021)
    answers = {key: ask(ASKED[key], raw, 0) for key in ("nsc", "nscb_strict", "drop")}
    (drop,) = [f for f in against_chance(answers) if f.key == "drop"]
    assert "0.17" in drop.evidence  # 51/103 less 30/92, as the data's own page has it
