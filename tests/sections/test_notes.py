from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.notes import Notes


def test_notes_are_escaped_and_absent_where_there_are_none(run_folder: Path) -> None:
    run = replace(RunContents.read(run_folder), results={"notes": ["a < b"]})
    section = Notes.of(run)
    assert section is not None
    assert "<li>a &lt; b</li>" in section.html
    assert Notes.of(replace(run, results={"notes": None})) is None


def test_a_metric_that_could_not_be_computed_comes_first_with_its_reason(run_folder: Path) -> None:
    failed = {"dose_order": "needs doses > 2", "explanations.attention of W1.5": "no attention"}
    results = {"failed": failed, "notes": ["another"]}
    section = Notes.of(replace(RunContents.read(run_folder), results=results))
    assert section is not None
    why = "<b>Order of doses</b> could not be computed: needs doses &gt; 2</li>"
    assert section.html.index(why) < section.html.index("another")
    assert (
        "<b>The explanation attention of W1.5</b> could not be computed: no attention"
        in section.html
    )


def test_a_leak_of_the_background_is_read_first(run_folder: Path) -> None:
    note = "a leak: without a single cell nsc is above chance"
    found = {"figures": {"leaks": 1.0}, "notes": [note]}
    results = {"explanations": {"background": {"joint": found}}, "notes": ["another"]}
    section = Notes.of(replace(RunContents.read(run_folder), results=results))
    assert section is not None
    assert section.html.index(note) < section.html.index("another")
