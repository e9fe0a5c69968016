from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.cost import Cost, cost_facts, whole_seconds


def test_the_section_lists_what_was_measured(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Cost.of(run)
    assert section is not None
    assert "<dt>Peak memory</dt><dd>1.8 GB</dd>" in section.html
    assert Cost.of(replace(run, results={"cost": None})) is None


def test_cost_says_what_is_known() -> None:
    cost = {
        "train_seconds": 412.7, "images_per_second": 1318.2, "peak_memory_mb": 2048.0,
        "parameters": 5_524_416, "device": "cpu", "embed_seconds": None,
        "waiting_share": 0.45,
    }  # fmt: skip
    assert cost_facts(cost) == [
        ("Training", "6 min 53 s"), ("Speed", "1,318 images/s"),
        ("Waiting for images", "45 % of the training"), ("Peak memory", "2.0 GB"),
        ("Parameters", "5.5 M"), ("Device", "cpu"),
    ]  # fmt: skip
    assert cost_facts({}) == cost_facts({"waiting_share": 0.02}) == []


def test_the_time_of_a_run_that_found_its_stages_is_that_of_the_stages() -> None:
    assert whole_seconds({"total_seconds": 0.2, "stages_seconds": 586.2}) == 586.2
    assert whole_seconds({"total_seconds": 0.2}) == 0.2
    assert math.isnan(whole_seconds({}))
