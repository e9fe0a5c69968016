from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.courses import courses_of
from phenolens.sections.trajectories import Chart, Trajectories, charts_of


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_a_chart_per_drug_and_line_all_on_one_scale(run: RunContents) -> None:
    charts = charts_of(courses_of(run))
    assert len(charts) == 8
    killer, water = charts[2], charts[6]
    assert (killer.name, water.name) == ("killer in A549", "water in A549")

    def ticks(chart: Chart, kind: str) -> list[str | None]:
        (levels,) = [g for g in ET.fromstring(chart.svg).iter("g") if g.get("class") == kind]
        return [text.text for text in levels.iter("text")]

    assert ticks(killer, "for-same") == ticks(water, "for-same")
    assert ticks(killer, "for-own") != ticks(water, "for-own")
    lines = [list(ET.fromstring(c.svg).iter("polyline")) for c in (killer, water)]
    ends = [float((line[-1].get("points") or "").split(",")[-1]) for line in lines]
    assert ends == [10.0, 90.0]  # 9 and 1 of 10, from the top


def test_the_grid_has_the_strongest_dose_on_top(run: RunContents) -> None:
    killer = charts_of(courses_of(run))[2]
    assert killer.doses == "0.1 to 10; 3 curves each"
    assert [name for name, _ in killer.rows] == ["10", "0.1"]
    (title,) = [title.text or "" for title in ET.fromstring(killer.rows[0][1]).iter("title")]
    assert title.startswith("killer in A549 10, mean of 3 curves\n")
    assert "48 h: 9" in title


def test_the_section_says_what_it_shows_and_is_left_out_without_time(run: RunContents) -> None:
    section = Trajectories.of(run)
    assert section is not None
    assert "<b>Good</b>" in section.html
    assert section.html.count('class="chart"') == 8
    assert Trajectories.of(replace(run, rows={})) is not None
    assert Trajectories.of(replace(run, rows={}, profiles=None)) is None
