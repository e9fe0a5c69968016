from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.provenance import Provenance, provenance_facts


def test_the_section_lists_what_was_recorded(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Provenance.of(run)
    assert section is not None
    assert '<th scope="row">versions.numpy</th><td>2.3.5</td>' in section.html
    assert Provenance.of(replace(run, provenance={})) is None


def test_provenance_is_flat_and_keeps_its_order() -> None:
    given = {"versions": {"numpy": "2"}, "steps": ["a", "b"], "none": None, "deep": {"x": {"y": 1}}}
    assert provenance_facts(given) == [
        ("versions.numpy", "2"), ("steps", "a, b"), ("deep.x.y", "1"),
    ]  # fmt: skip
