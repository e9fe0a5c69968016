from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import write_time_run

from phenolens.results.contents import RunContents
from phenolens.sections import treatments
from phenolens.sections.treatments import Treatments


def test_every_treatment_has_a_row_with_its_neighbours(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Treatments.of(run)
    assert section is not None
    body = section.html.partition("<tbody>")[2]
    assert body.count("<tr data-treatment=") == body.count("data-thumb=") == 60
    hits = sum(int(rows["value"].sum()) for rows in run.rows.values())
    assert body.count('class="hit"') == hits
    assert "no candidate" in body  # the row that the rule leaves without one


def test_doses_are_in_the_order_of_numbers_also_after_sorting(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert run.profiles is not None
    names = [f"drug@{dose:g}" for dose in (10, 2.5, 1.25, 1e-5, *range(11, 67))]
    meta = run.profiles.meta.assign(treatment=names)
    section = Treatments.of(replace(run, profiles=replace(run.profiles, meta=meta), rows={}))
    assert section is not None
    found = re.findall(r'<th scope="row" data-value="(\d+)"><a [^>]+>(drug@[^<]+)<', section.html)
    assert [place for place, _ in found] == [str(k) for k in range(60)]
    assert [name for _, name in found[:5]] == [
        "drug@1e-05", "drug@1.25", "drug@2.5", "drug@10", "drug@11"
    ]  # fmt: skip


def test_names_alone_are_no_section(run_folder: Path) -> None:
    """Curves have no mechanism, image, count or neighbour: the table would repeat their names."""
    run = replace(RunContents.read(run_folder), examples=None, rows={})
    assert run.profiles is not None
    bare = replace(run.profiles, meta=run.profiles.meta.drop(columns=["moa", "count"]))
    assert Treatments.of(replace(run, profiles=bare)) is None
    counted = replace(run.profiles, meta=run.profiles.meta.drop(columns="moa"))
    section = Treatments.of(replace(run, profiles=counted))
    assert section is not None
    assert "Mechanism" not in section.html


def test_the_first_frames_of_a_film_are_no_reason_for_a_table(tmp_path: Path) -> None:
    run = RunContents.read(write_time_run(tmp_path / "run"))
    assert run.examples is not None
    assert Treatments.of(run) is None
    assert run.profiles is not None
    known = replace(run.profiles, meta=run.profiles.meta.assign(moa="x"))
    section = Treatments.of(replace(run, profiles=known))
    assert section is not None
    assert "data-thumb" not in section.html


def test_without_images_there_is_no_column_of_them(run_folder: Path) -> None:
    run = replace(RunContents.read(run_folder), examples=None)
    section = Treatments.of(run)
    assert section is not None
    assert "data-thumb" not in section.html
    assert Treatments.of(replace(run, profiles=None, rows={})) is None


def test_of_very_many_the_first_are_in_the_table(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(treatments, "MOST", 20)
    section = Treatments.of(RunContents.read(run_folder))
    assert section is not None
    assert section.html.count("<tr data-treatment=") == 20
    assert "40 further treatments are not in the table" in section.html
