from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.results.contents import RunContents
from phenolens.sections.map import Map

pytestmark = pytest.mark.usefixtures("without_umap")


def test_every_profile_is_a_point_and_every_column_a_colour(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Map.of(run)
    assert section is not None
    assert section.html.count('class="point"') == 60
    assert '<option value="count">' in section.html
    assert '<option value="f0023">' in section.html
    assert "moa == &#34;Actin disruptors&#34;" in section.html, "an example that can be asked"
    assert Map.of(replace(run, profiles=None)) is None


def test_its_scripts_come_in_order(run_folder: Path) -> None:
    assert Map.of(RunContents.read(run_folder)) is not None
    text = Map.script()
    order = ["const makeField", "const colouringOf", "const makeCanvas", "const atlas", "cornersOf"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
