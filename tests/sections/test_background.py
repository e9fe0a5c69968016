from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.explained_cells import background

from phenolens.results.contents import RunContents
from phenolens.sections.background import Background


@pytest.mark.parametrize("leak", [True, False])
def test_three_views_of_each_score_and_the_verdict(run_folder: Path, leak: bool) -> None:
    run = RunContents.read(run_folder)
    assert Background.of(run) is None
    made = Background.of(
        replace(run, explanations={"background": {"joint": background(leak=leak)}})
    )
    assert made is not None
    assert made.html.count("<img") == 3
    assert made.html.count('class="above"') == (3 if leak else 2)
    assert ("A leak: without a single cell nsc" in made.html) is leak
    assert "\u22120.10 (\u22120.15 to \u22120.05)" in made.html
    assert "&lt;b&gt;x" in made.html
    assert "<b>x" not in made.html
