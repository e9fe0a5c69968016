from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import HOURS, write_time_run

from phenolens.results.contents import RunContents
from phenolens.sections.examples import Examples
from phenolens.sections.film_strip import FilmStrip


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_one_drug_is_shown_at_first_with_the_control_below(run: RunContents) -> None:
    section = FilmStrip.of(run)
    assert section is not None
    html = section.html
    assert html.count("<option") == 4
    assert html.count('class="film"') == 4
    assert html.count(" hidden>") == 3
    assert html.count('class="film" data-film="0" data-treatment="both@10"') == 1
    assert html.count("<img") == 4 * 2 * len(HOURS)
    assert html.count("5 µm") == 8
    assert html.index("both@10 at -4 hours") < html.index("Control of the same plate, DMSO")


def test_frames_replace_the_example_images(run: RunContents) -> None:
    assert Examples.of(run) is None
    assert run.examples is not None
    still = replace(run.examples, meta=run.examples.meta.assign(time=0.0))
    assert FilmStrip.of(replace(run, examples=still)) is None
    assert Examples.of(replace(run, examples=still)) is not None
    assert FilmStrip.of(replace(run, examples=None)) is None
