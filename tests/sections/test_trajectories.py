from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import dose_order_rows, write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.courses import courses_of
from phenolens.sections.trajectories import Chart, Trajectories, charts_of


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def levels(chart: Chart, kind: str) -> list[str | None]:
    """Return the marks of the vertical axis on one of the two scales."""
    (group,) = [g for g in ET.fromstring(chart.svg).iter("g") if g.get("class") == kind]
    return [text.text for text in group.iter("text")]


def test_a_chart_per_drug_and_line_all_on_one_scale(run: RunContents) -> None:
    charts = charts_of(courses_of(run))
    assert len(charts) == 8
    killer, water = charts[2], charts[6]
    assert (killer.name, water.name) == ("killer in A549", "water in A549")
    assert levels(killer, "for-same") == levels(water, "for-same") == ["0", "5", "10"]
    assert levels(water, "for-own") == ["0", "0.5", "1", "1.5"]
    lines = [list(ET.fromstring(c.svg).iter("polyline")) for c in (killer, water)]
    ends = [float((line[-1].get("points") or "").split(",")[-1]) for line in lines]
    assert ends == [10.0, 90.0]  # 9 and 1 of 10, from the top


def test_the_grid_has_the_strongest_dose_on_top(run: RunContents) -> None:
    killer = charts_of(courses_of(run))[2]
    assert [dose for dose, _ in killer.rows] == ["10", "0.1"]
    (title,) = ET.fromstring(killer.rows[0][1]).iter("title")
    assert (title.text or "").startswith("killer in A549 10, mean of 3 curves\n")
    assert "48 h: 9" in (title.text or "")


def test_the_section_says_what_it_shows_and_is_left_out_without_time(run: RunContents) -> None:
    section = Trajectories.of(run)
    assert section is not None
    assert "<b>Good</b>" in section.html
    assert section.html.count('class="chart"') == 8
    assert Trajectories.of(replace(run, rows={}, profiles=None)) is None


def test_trajectories_are_drawn_without_the_score_of_departure(run: RunContents) -> None:
    """The caption says which bands are missing, and what computes them."""
    section = Trajectories.of(replace(run, rows={}))
    assert section is not None
    assert section.html.count('class="chart"') == 8
    assert 'class="chart-band"' not in section.html
    assert "only the metric <code>departure</code> computes" in section.html
    assert "needs three control curves per plate" in section.html
    assert "controls among themselves" not in section.html
    scored = Trajectories.of(run)
    assert scored is not None
    assert "controls among themselves" in scored.html
    assert "95 % interval, replicate and control curves drawn anew" in scored.html
    assert "(3 curves)" in scored.html


def test_the_scale_can_be_that_of_each_chart_and_is_first_that_of_all(run: RunContents) -> None:
    section = Trajectories.of(run)
    assert section is not None
    assert 'data-scale="same"' in section.html
    for setting, pressed in (("scale:same", "true"), ("scale:own", "false")):
        button = f'<button type="button" data-set="{setting}" aria-pressed="{pressed}">'
        assert button in section.html, "a button can be reached and pressed with the keyboard"
    killer, water = (charts_of(courses_of(run))[k] for k in (2, 6))
    views = [
        [e.get("data-own") for e in ET.fromstring(c.svg).iter("svg") if e.get("data-own")]
        for c in (killer, water)
    ]
    assert views == [["0 0.000 100 100.000"], ["0 85.000 100 15.000"]]  # to 10, and to 1.5


def test_the_order_of_doses_is_over_each_chart(run: RunContents) -> None:
    assert run.profiles is not None
    profiles = replace(run.profiles, meta=run.profiles.meta.assign(concentration_unit="uM"))
    rows = {**run.rows, "order": dose_order_rows()}
    section = Trajectories.of(replace(run, rows=rows, profiles=profiles))
    assert section is not None
    assert section.html.count("\u2197 rises with the dose") == 4
    assert section.html.count("0.1 to 10 \u00b5M; 3 curves each") == 8
