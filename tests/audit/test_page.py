"""The page of a made summary: what is on it, and that it needs nothing from outside."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from phenolens.audit.page import render_audit
from phenolens.audit.text import write_audit


def row(key: str, title: str, value: float | None = None, **more: Any) -> dict[str, Any]:
    told = {"key": key, "metric": key, "level": "treatments", "title": title, "good": "Near 1.",
            "chance": "low", "blind": "batches", "why_not": "no `batch`"}  # fmt: skip
    if value is None:
        return told
    return told | {
        "why_not": "", "value": value, "low": value - 0.1, "high": value + 0.1, "null": 0.1,
        "null_high": 0.2, "p": 0.001, "hits": 8, "n": 10, "notes": ["controls left out: 1"],
        "boot_low": 0.6, "boot_high": 0.9, **more,
    }  # fmt: skip


PROBE = {"column": "plate", "on": "controls", "probe": "knn", "grouped_by": "well", "value": 0.4,
         "chance": 0.2, "null_high": 0.3, "p": 0.005, "z": 6.0, "n": 40, "classes": 5,
         "why_not": ""}  # fmt: skip
SUMMARY: dict[str, Any] = {
    "verdict": {"level": "not believable", "sentence": "Not believable: a <leak>.", "figures": "f"},
    "findings": [
        {"key": "code_in_features", "severity": "leak", "title": "column 'x' is in",
         "fix": "`drop`",
         "evidence": "f99 tells <x>", "columns": ["x"], "features": ["f99"]},
        {"key": "chance", "severity": "fine", "title": "above chance", "evidence": "p 0.001",
         "fix": "", "columns": [], "features": []},
    ],
    "about": {"rows": 40, "level": "wells", "features": 7, "treatments": 10, "compounds": 5,
              "plates": 2, "batches": 0, "controls": 4, "truth": "moa", "truths": 3,
              "steps": ["tvn"], "provenance": [], "seed": 0, "notes": ["wells averaged"]},
    "protocols": [row("nsc", "NSC", 0.8), row("nscb_strict", "NSCB, strict"),
                  row("grit", "Grit", 2.5, null=None, null_high=None, p=None, hits=None)],
    "baselines": [
        {"name": "cell count", "why_not": "no count", "scores": {}},
        {"name": "random features", "why_not": "",
         "scores": {"nsc": {"value": 0.1, "low": 0.0, "high": 0.2, "n": 5,
                            "ahead": {"value": 0.7, "low": 0.5, "high": 0.8, "n": 10}}}},
    ],
    "codes": {"features": 7, "columns": ["x"], "threshold": 0.05, "also_before": True,
              "nearest": [{"column": "x", "values": 5, "feature": "f99", "ratio": 0.0,
                           "limit": 0.05}],
              "traces": [{"feature": "f99", "column": "x", "kind": "constant", "said": "one value",
                          "figure": 0.0}]},
    "probes": [PROBE, {"column": "batch", "on": "all", "probe": "", "why_not": "no batch"}],
    "neighbours": [{"question": "NSC hits", "place": "plate", "column": "plate", "value": 0.6,
                    "expected": 0.2, "low": 0.5, "high": 0.7, "n": 34}],
    "confounds": {"batch": {"why_not": "one batch"},
                  "position": {"why_not": "", "value": 0.9, "expected": 0.1, "pairs": 20},
                  "rows": {"rows": 40, "controls": 4, "controls_unflagged": 0}},
    "waterfall": [
        {"step": name, "rows": 40, "features": 7, "same_plate": None,
         "batch": {"value": 0.4, "chance": 0.2, "column": "plate", "on": "controls"},
         "scores": {"nsc": {"title": "NSC", "value": value, "low": value - 0.1,
                            "high": value + 0.1, "gain": gain}}}
        for name, value, gain in (
            ("as given", 0.5, None),
            ("tvn", 0.8, {"value": 0.3, "low": 0.1, "high": 0.4, "n": 10}),
        )
    ],
    "seconds": {"codes": 0.2},
}  # fmt: skip


class Reader(HTMLParser):
    """Holds the page to balanced tags and collects ids and references."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "link"}:
            self.open.append(tag)
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.refers += [given[key] or "" for key in ("src", "href") if key in given]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def page(tmp_path: Path) -> str:
    return render_audit(SUMMARY, tmp_path / "audit.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_from_outside(page: str) -> None:
    reader = Reader(page)
    assert len(reader.ids) == len(set(reader.ids))
    assert all(ref.startswith("#") and ref[1:] in reader.ids for ref in reader.refers)
    text = page.replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text


def test_verdict_findings_and_figures_are_said(page: str) -> None:
    assert "Not believable: a &lt;leak&gt;." in page
    assert "f99 tells &lt;x&gt;" in page.replace("F99", "f99")
    assert "<code>drop</code>" in page
    for words in ("NSC", "Grit", "random features", "no count", "Row by row the features lead"):
        assert words in page
    assert re.search(r"\+0\.30 \[\+0\.10, \+0\.40\], a gain", page)
    assert "of one well (plate)" in page


def test_what_is_missing_leaves_no_hole(tmp_path: Path) -> None:
    bare = copy.deepcopy(SUMMARY)
    bare |= {"findings": [], "neighbours": [], "waterfall": [], "probes": []}
    bare["protocols"] = [row("nsc", "NSC")]
    bare["codes"] |= {"traces": [], "nearest": []}
    text = render_audit(bare, tmp_path / "bare.html").read_text(encoding="utf-8")
    Reader(text)
    assert 'id="neighbours"' not in text
    assert 'id="steps"' not in text
    assert "Nothing was found" in text
    assert write_audit(bare).startswith("Not believable")
