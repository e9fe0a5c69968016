from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.treatments import Treatments


def test_every_treatment_has_a_row_with_its_neighbours(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Treatments.of(run)
    assert section is not None
    body = section.html.partition("<tbody>")[2]
    assert body.count("<tr>") == body.count("data-thumb=") == 60
    hits = sum(int(rows["value"].sum()) for rows in run.rows.values())
    assert body.count('class="hit"') == hits
    assert "no candidate" in body  # the row that the rule leaves without one


def test_without_images_there_is_no_column_of_them(run_folder: Path) -> None:
    run = replace(RunContents.read(run_folder), examples=None)
    section = Treatments.of(run)
    assert section is not None
    assert "data-thumb" not in section.html
    assert Treatments.of(replace(run, profiles=None, rows={})) is None
