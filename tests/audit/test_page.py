"""The page of made evidence: what is on it, and that it needs nothing from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.drawing.reader import Reader

from phenolens.audit.evidence import Evidence
from phenolens.audit.page import render_audit


@pytest.fixture
def page(tmp_path: Path, evidence: Evidence) -> str:
    return render_audit(evidence, tmp_path / "audit.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_from_outside(page: str) -> None:
    reader = Reader(page)
    assert len(reader.ids) == len(set(reader.ids))
    assert all(ref.startswith("#") and ref[1:] in reader.ids for ref in reader.refers)
    text = page.replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text


def test_verdict_findings_and_figures_are_on_it(page: str) -> None:
    assert "Not believable: a &lt;leak&gt;." in page
    assert "F99 is &lt;x&gt;" in page
    assert "<b>Fix:</b> <code>drop</code>" in page
    for words in ("NSC", "Grit", "random features", "no count", "Row by row the features exceed"):
        assert words in page
    assert re.search(r"\+0\.30 \[\+0\.10, \+0\.40\], a gain", page)
    assert "of one well (plate)" in page
    assert '"value": 0.8' in page  # the same as JSON, for programs


def test_what_is_missing_leaves_no_hole(tmp_path: Path, evidence: Evidence) -> None:
    bare = replace(
        evidence,
        findings=(),
        neighbours=(),
        waterfall=(),
        probes=(),
        protocols=(replace(evidence.protocols[0], score=None, why_not="no `moa`"),),
        codes=replace(evidence.codes, traces=(), nearest=()),
    )
    text = render_audit(bare, tmp_path / "bare.html").read_text(encoding="utf-8")
    reader = Reader(text)
    assert not {"neighbours", "steps", "probes"} & set(reader.ids)
    assert not {"#neighbours", "#steps", "#probes"} & set(reader.refers)
    assert "Nothing was found" in text
