from __future__ import annotations

import math

import pytest

from phenolens.audit.evidence import Evidence
from phenolens.audit.predictability import Prediction
from phenolens.audit.protocols import PROTOCOLS, Answer
from phenolens.audit.rows import (
    baseline_figures,
    probe_figures,
    protocol_figures,
    reading,
    share_figures,
    stage_figures,
)
from phenolens.audit.shares import Share
from phenolens.core.score import Score
from phenolens.drawing.scale import Scale

BY_KEY = {protocol.key: protocol for protocol in PROTOCOLS}


def answer(key: str, value: float) -> Answer:
    score = Score(key, value, low=value, high=value, n=4, null=0.1, null_high=0.2, p=0.01)
    return Answer(BY_KEY[key], score, "")


def test_shares_are_on_one_axis_and_other_scores_on_their_own() -> None:
    absent = Answer(BY_KEY["activity"], None, "absent")
    figures = protocol_figures(
        [answer("nsc", 0.8), answer("drop", -0.1), answer("grit", 3.0), absent]
    )
    assert [[panel.key for panel in figure.rows] for figure in figures] == [
        ["nsc"], ["drop"], ["grit"],
    ]  # fmt: skip
    assert figures[0].scale == Scale(0.0, 1.0)
    assert figures[1].scale.low < 0
    assert figures[2].scale.high >= 3


def test_chance_of_a_probe_is_that_of_shuffled_columns() -> None:
    row = Prediction(
        "plate", "all", "linear", grouped_by="compound", value=0.9, chance=0.25, null_high=0.4
    )
    (figure,) = probe_figures([row, Prediction("batch", "all", why_not="absent")])
    assert figure.rows[0].null == pytest.approx(0.25)
    assert figure.about == "Training and test never share rows of one compound (plate)."


def test_the_line_of_a_share_is_what_is_expected() -> None:
    row = Share(0.6, 0.2, 0.5, 0.7, 9, "NSC hits", "plate", "plate")
    (figure,) = share_figures([row])
    assert figure.rows[0].null == pytest.approx(0.2)
    assert figure.rows[0].trained.name == "same plate"


def test_baselines_are_drawn_under_these_features_with_the_lead(evidence: Evidence) -> None:
    (figure,) = baseline_figures(evidence.protocols, evidence.baselines)
    (panel,) = figure.rows
    assert [bar.name for bar in panel.bars] == ["these features", "random features"]
    (lead,) = figure.notes
    assert lead.endswith("exceed the random features by +0.70 [+0.50, +0.80].")


def test_stages_share_an_axis_and_say_what_they_gained(evidence: Evidence) -> None:
    (figure,) = stage_figures(evidence.waterfall)
    assert [panel.trained.name for panel in figure.rows] == ["as given", "tvn"]
    assert figure.notes == ("tvn: +0.30 [+0.10, +0.40], a gain over 10 rows",)


def test_how_to_read_a_score_ends_in_its_notes(evidence: Evidence) -> None:
    nsc, grit = reading(evidence.protocols)
    assert nsc.notes[1:] == (
        "Under shuffled mechanisms or replicates: p = 0.001.",
        "Controls left out: 1.",
    )
    assert nsc.notes[0].startswith("Over resampled compounds the interval is ")
    assert (grit.title, grit.notes) == ("Grit", ())
    assert math.isnan(evidence.protocols[2].over_compounds[0])
