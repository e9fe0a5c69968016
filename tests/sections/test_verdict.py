from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.results.answer_run import own_chain

from phenolens.results.contents import RunContents
from phenolens.results.panels import panels
from phenolens.sections.verdict import Verdict, judge
from phenolens.statistics.intervals import wilson


def share(hits: int, n: int, **more: Any) -> dict[str, Any]:
    low, high = wilson(hits, n)
    return {"value": hits / n, "hits": hits, "n": n, "low": low, "high": high, **more}


def claim(trained: dict[str, Any], **baselines: dict[str, Any]) -> str:
    of = {name: {"nscb": score} for name, score in baselines.items()}
    made = judge(panels({"scores": {"nscb": trained}, "baselines": of}))
    assert made is not None
    return made.claim


CHANCE = {"null": 0.09, "null_high": 0.17, "p": 0.001}


def test_the_figures_are_those_of_the_results() -> None:
    made = judge(
        panels(
            {
                "scores": {"nsc": share(30, 34), "nscb": share(24, 34, **CHANCE)},
                "baselines": {"intensity statistics": {"nscb": share(13, 34)}},
            }
        )
    )
    assert made is not None
    assert made.figures == (
        "NSCB 0.71 (24 of 34); 95 % interval 0.54 to 0.83; chance gives 0.09 (p = 0.001); "
        "the best baseline, intensity statistics, reaches 0.38; the intervals overlap."
    )
    assert made.claim == "Better than chance, but not clearly better than intensity statistics."


@pytest.mark.parametrize(
    ("trained", "baseline", "said"),
    [
        (share(90, 100, **CHANCE), share(40, 100),
         "Better than chance, and clearly better than every baseline."),
        (share(50, 100, **CHANCE), share(45, 100),
         "Better than chance, but not clearly better than raw."),
        (share(20, 100, **CHANCE), share(60, 100),
         "Better than chance, but clearly worse than raw."),
        (share(9, 100, null=0.09, null_high=0.17, p=0.5), share(60, 100),
         "Not distinguishable from chance, and clearly worse than raw."),
        (share(60, 100, null=0.58, null_high=0.7, p=0.3), share(9, 100),
         "Not distinguishable from chance, but clearly better than every baseline."),
        (share(90, 100), share(40, 100),
         "Chance was not measured; clearly better than every baseline."),
    ],
)  # fmt: skip
def test_claims(trained: dict[str, Any], baseline: dict[str, Any], said: str) -> None:
    assert claim(trained, raw=baseline) == said


def test_a_lower_baseline_with_a_wide_interval_still_counts() -> None:
    assert claim(share(90, 100, **CHANCE), strong=share(70, 100), wide=share(3, 5)) == (
        "Better than chance, but not clearly better than wide."
    )


def test_no_baseline_is_said() -> None:
    assert claim(share(24, 34, **CHANCE)) == (
        "Better than chance; no baseline was run to compare with."
    )


def test_the_first_score_that_is_compared_with_anything_leads() -> None:
    made = judge(
        panels({"scores": {"departure": share(9, 10), "dose_order": share(5, 9, **CHANCE)}})
    )
    assert made is not None
    assert made.claim.startswith("Better than chance")


def test_without_p_the_null_decides() -> None:
    assert claim(share(10, 100, null=0.09, null_high=0.17)).startswith("Not distinguishable")
    assert claim(share(18, 100, null=0.09, null_high=0.17)).startswith("Better than chance")


def test_a_drop_alone_carries_no_verdict() -> None:
    assert judge(panels({"scores": {"drop": {"value": 0.1}}})) is None
    assert judge(()) is None


def test_the_difference_row_by_row_decides_where_it_was_measured() -> None:
    ahead = {"value": 0.2, "low": 0.05, "high": 0.35, "n": 34}
    results: dict[str, Any] = {
        "scores": {"nscb": share(20, 34, **CHANCE)},
        "baselines": {"untrained encoder": {"nscb": share(13, 34, ahead=ahead)}},
    }
    made = judge(panels(results))
    assert made is not None
    assert made.claim == "Better than chance, and clearly better than every baseline."
    assert made.figures.endswith(
        "treatment by treatment the run is ahead by 0.20, 95 % interval 0.05 to 0.35."
    )
    results["baselines"]["untrained encoder"]["nscb"]["ahead"] = {**ahead, "low": -0.01}
    made = judge(panels(results))
    assert made is not None
    assert made.claim == "Better than chance, but not clearly better than untrained encoder."


def test_a_level_of_chance_that_is_known_is_not_said_to_be_measured() -> None:
    made = judge(panels({"scores": {"drug_vs_control": {"value": 0.9, "n": 4}}}))
    assert made is not None
    assert made.claim.startswith("Chance was not measured")
    assert "chance gives" not in made.figures


def test_the_section_has_the_claim_and_a_tile_per_score(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Verdict.of(run)
    assert section is not None
    assert not section.title  # it belongs to the head of the page
    assert section.html.count("data-score=") == 3
    assert "Better than chance" in section.html
    assert Verdict.of(replace(run, results={})) is None


def answered(run: RunContents, *rows: dict[str, Any], **doubts: str) -> RunContents:
    """Return the run as `phenolens auto` leaves it: baselines have chains of their own."""
    content = {"can": [], "cannot": [], "choices": [], "baselines": rows, "doubts": doubts}
    run.folder.answer.write_text(json.dumps(content), encoding="utf-8")
    return RunContents.read(run.folder.root)


def test_an_answer_is_judged_against_baselines_with_their_own_chains(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    before = Verdict.of(run)
    assert before is not None
    assert "clearly better than every baseline" in before.html
    rival = own_chain("intensity statistics", "nscb", 0.8, ahead=(-0.1, -0.2, -0.02))
    made = Verdict.of(answered(run, rival))
    assert made is not None
    assert "clearly worse than intensity statistics (own chain)" in made.html
    assert "clearly better than" not in made.html
    assert "the run is ahead by -0.10" in made.html.replace("\u2212", "-")
    behind = own_chain("intensity statistics", "nscb", 0.1, ahead=(0.5, 0.4, 0.6))
    made = Verdict.of(answered(run, behind))
    assert made is not None
    assert "every baseline, each with a chain of its own" in made.html


def test_a_score_in_doubt_does_not_lead_and_is_never_praised(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    made = Verdict.of(answered(run, nscb="the background leaks"))
    assert made is not None
    assert '<p class="figures">NSC ' in made.html
    made = Verdict.of(answered(run, nscb="the background leaks", nsc="the background leaks"))
    assert made is not None
    assert "NSCB cannot be believed: the background leaks." in made.html
    assert "etter than" not in made.html
