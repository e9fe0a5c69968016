from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.results.contents import RunContents
from phenolens.sections.map import Map

pytestmark = pytest.mark.usefixtures("without_umap")


def test_the_section_names_scores_by_their_titles(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Map.of(run)
    assert section is not None
    assert '"titles": {"nsc": "NSC", "nscb": "NSCB"}' in section.html
    assert section.html.count('class="point"') == 60
    assert Map.of(replace(run, profiles=None)) is None
