from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents
from phenolens.sections.background import Background

VIEWS = ("as it is", "no cells", "centre cell alone")


def asked(*, leak: bool) -> Explanation:
    rows = pd.DataFrame(
        {
            "score": "nsc",
            "view": VIEWS,
            "value": [0.8, 0.7 if leak else 0.1, 0.6],
            "low": [0.7, 0.6 if leak else 0.0, 0.5],
            "high": [0.9, 0.8 if leak else 0.2, 0.7],
            "chance": 0.1,
            "p": [0.001, 0.001 if leak else 0.6, 0.001],
            "changed": [0.0, -0.1, -0.2],
            "changed_low": [0.0, -0.15, -0.3],
            "changed_high": [0.0, -0.05, -0.1],
            "above_chance": [True, leak, True],
        }
    )
    pictures = {view: np.full((1, 2, 8, 8), 40, dtype=np.uint8) for view in VIEWS}
    shown = pd.DataFrame({"treatment": ["<b>x"], "plate": ["p1"]})
    note = "a leak: without a single cell nsc is above chance" if leak else "no leak was found"
    return Explanation(
        name="background",
        rows=rows,
        figures={"leaks": float(leak)},
        notes=(note,),
        pictures=pictures,
        shown=shown,
    )


@pytest.mark.parametrize("leak", [True, False])
def test_three_views_of_each_score_and_the_verdict(run_folder: Path, leak: bool) -> None:
    run = RunContents.read(run_folder)
    assert Background.of(run) is None
    made = Background.of(replace(run, explanations={"background": {"joint": asked(leak=leak)}}))
    assert made is not None
    assert made.html.count("<img") == 3
    assert made.html.count('class="above"') == (3 if leak else 2)
    assert ("A leak: without a single cell nsc" in made.html) is leak
    assert "\u22120.10 (\u22120.15 to \u22120.05)" in made.html
    assert "&lt;b&gt;x" in made.html
    assert "<b>x" not in made.html
