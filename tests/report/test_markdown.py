from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.results.answer_run import own_chain

from phenolens.core.errors import InputError
from phenolens.report.markdown import markdown, markdown_of
from phenolens.results.contents import RunContents


def test_the_summary_has_the_verdict_and_every_score(
    run_folder: Path, results: dict[str, Any]
) -> None:
    text = markdown_of(run_folder)
    assert text.startswith("# simclr on a made screen\n")
    assert "- seed: 3\n" in text
    assert "Better than chance" in text
    nsc = results["scores"]["nsc"]
    low, high = (f"{nsc[key]:.3f}" for key in ("low", "high"))
    assert f"| NSC | this run | 0.817 | {low} to {high} | 60 | 0.083 | 0.001 |  |" in text
    assert text.count("\n| ") == 2 + 3 + 6
    assert "- Trained on single-cell crops" in text
    assert "- NSC: 1 treatment without a mechanism is not asked" in text


def test_names_are_never_markup(run_folder: Path, results: dict[str, Any]) -> None:
    hostile = {**results, "recipe": "a|b\n# <img src=x> [x](javascript:y)", "notes": ["*x*\n- y"]}
    (run_folder / "results.json").write_text(json.dumps(hostile))
    text = markdown_of(run_folder)
    first = text.splitlines()[0]
    assert first == r"# a\|b \# \<img src=x\> \[x\](javascript:y)"
    assert r"- \*x\* - y" in text


def test_a_results_file_alone_is_a_summary(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("{}")
    assert markdown_of(tmp_path) == f"# {tmp_path.name.replace('_', chr(92) + '_')}\n"
    with pytest.raises(InputError, match=r"results\.json"):
        markdown_of(tmp_path / "nothing")


def test_the_summary_has_what_the_model_looked_at_and_begins_its_notes_with_a_leak(
    run_folder: Path, results: dict[str, Any]
) -> None:
    note = "a leak: without a single cell nsc is above chance"
    figures = {"nsc_no_cells": 0.24, "nsc_no_cells_chance": 0.06, "leaks": 1.0}
    asked = {"background": {"joint": {"figures": figures, "trusted": None, "notes": [note]}}}
    run = replace(RunContents.read(run_folder), results={**results, "explanations": asked})
    text = markdown(run)
    assert f"- background: Nsc no cells 0.24 (chance 0.06). A{note[1:]}.\n" in text
    assert f"## Notes\n\n- Background: {note}\n" in text


def test_the_summary_of_an_answer_begins_with_what_can_be_believed(run_folder: Path) -> None:
    rival = own_chain("intensity statistics", "nscb", 0.8, ahead=(-0.1, -0.2, -0.02))
    content = {"can": ["It is *real*."], "cannot": [], "choices": [], "baselines": [rival]}
    (run_folder / "answer.json").write_text(json.dumps(content), encoding="utf-8")
    text = markdown_of(run_folder)
    assert "## What can be believed\n\n- It is \\*real\\*.\n" in text
    assert text.index("What can be believed") < text.index("## Result")
    assert "clearly worse than intensity statistics (own chain)" in text
    assert "| intensity statistics (chain of this run) |" in text
