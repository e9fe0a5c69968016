from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.scores import Scores


def test_every_score_is_drawn_and_tabulated_with_its_baselines(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Scores.of(run)
    assert section is not None
    assert section.html.count('<figure class="panel">') == 3
    assert section.html.count("<tr><td>NSC</td>") == 4
    assert section.html.count("<tr><td>Drop</td>") == 2
    assert "1 treatment without a mechanism is not asked" in section.html
    assert Scores.of(replace(run, results={})) is None
