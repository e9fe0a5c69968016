"""The claims: the verdict as it was given, what was measured, what would decide."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from phenolens.overview.claims import claims, claims_of
from phenolens.overview.compared import Compared


def test_a_claim_with_its_figures(compared: Compared) -> None:
    part = claims(compared)
    assert part is not None
    for words in (
        "<b>Crops help.</b>", "P &amp; Q 2023", "multi less one", "NSC, n 50",
        "+0.075 [+0.050, +0.100], p = 0.01", '<span class="tag holds">holds</span>',
        "Shows it: &gt; 0", "<b>1</b> holds.",
    ):  # fmt: skip
        assert words in part.html
    assert "would decide" not in part.html


def test_a_cost_is_a_ratio(compared: Compared) -> None:
    row = {"claim": "a", "score": "train_seconds", "one": "mae", "other": "byol", "p": 0.25}
    row |= {"difference": 2.5, "low": 1.75, "high": 3.5, "verdict": "holds", "agree": 0.75}
    found = replace(compared, claims=pd.DataFrame([row]))
    (one,) = claims_of(found)
    assert one.measured == "2.50 times [1.75, 3.50], p = 0.25"
    assert one.compared == "mae against byol"
    part = claims(found)
    assert part is not None
    assert "same direction in 75 % of pairs and seeds" in part.html
    (bare,) = claims_of(replace(compared, claims=pd.DataFrame([{**row, "low": None}])))
    assert bare.measured == "2.50 times, p = 0.25"


def test_what_was_not_tested_has_no_figures(compared: Compared) -> None:
    bare = pd.DataFrame(
        [
            {"claim": "a", "verdict": "not tested here", "needed": None},
            {"claim": "b", "verdict": "undecided at this size", "needed": 412.0},
            {"claim": "c", "verdict": "does not hold", "needed": None},
        ]
    )
    first, second, third = claims_of(replace(compared, claims=bare))
    assert (first.measured, first.kind, first.compared) == ("", "open", "")
    assert (second.kind, third.kind) == ("open", "fails")
    part = claims(replace(compared, claims=bare))
    assert part is not None
    assert "about 412 would decide" in part.html
    assert claims(replace(compared, claims=pd.DataFrame())) is None
