from __future__ import annotations

import pytest

from phenolens.audit.rows import probe_figures, protocol_figures, share_figures
from phenolens.drawing.scale import Scale


def row(key: str, value: float, **more: object) -> dict[str, object]:
    return {"key": key, "title": key, "why_not": "", "value": value, "low": value, "high": value,
            "null": 0.1, "null_high": 0.2, "p": 0.01, "hits": None, "n": 4, **more}  # fmt: skip


def test_shares_stand_on_one_axis_and_other_scores_on_their_own() -> None:
    figures = protocol_figures(
        [row("nsc", 0.8), row("drop", -0.1), row("grit", 3.0), row("x", 0.0, why_not="absent")]
    )
    assert [[panel.key for panel in figure.rows] for figure in figures] == [
        ["nsc"], ["drop"], ["grit"],
    ]  # fmt: skip
    assert figures[0].scale == Scale(0.0, 1.0)
    assert figures[1].scale.low < 0
    assert figures[2].scale.high >= 3


def test_chance_of_a_probe_is_that_of_shuffled_columns() -> None:
    told = {"column": "plate", "on": "all", "probe": "linear", "grouped_by": "compound",
            "value": 0.9, "chance": 0.25, "null_high": 0.4, "p": 0.01, "why_not": ""}  # fmt: skip
    (figure,) = probe_figures([told])
    assert figure.rows[0].null == pytest.approx(0.25)
    assert figure.about == "Training and test never hold rows of one compound (plate)."


def test_the_line_of_a_share_is_what_is_expected() -> None:
    told = {"question": "NSC hits", "place": "plate", "column": "plate", "value": 0.6,
            "expected": 0.2, "low": 0.5, "high": 0.7, "n": 9}  # fmt: skip
    (figure,) = share_figures([told])
    assert figure.rows[0].null == pytest.approx(0.2)
    assert figure.rows[0].trained.name == "same plate"
