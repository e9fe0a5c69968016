from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.results.contents import Log, RunContents
from phenolens.sections.training import MOST, Curves, Training


def log(n: int = 20, *, rank: bool = True, dim: int | None = 384) -> Log:
    frame = pd.DataFrame({"step": np.arange(n), "loss": np.linspace(5, 2, n)})
    if rank:
        frame["rank"] = np.linspace(1, 90, n)
    return Log(frame, 5.5, dim)


def test_every_model_is_a_line_in_both_plots() -> None:
    made = Curves.of({"DNA": log(), "Actin": log()})
    assert made is not None
    assert [c.key for c in made.curves] == ["loss", "rank"]
    for curve in made.curves:
        assert len(list(ET.fromstring(curve.svg).iter("polyline"))) == 2
    assert [name for name, _ in made.models] == ["DNA", "Actin"]


def test_levels_of_collapse_and_width_are_drawn_once() -> None:
    made = Curves.of({"DNA": log(), "Actin": log()})
    assert made is not None
    words = [
        [e.text for e in ET.fromstring(c.svg).iter("text") if e.get("class") == "reference"]
        for c in made.curves
    ]
    assert words == [["collapsed"], ["width 384"]]


def test_a_log_without_rank_has_one_plot() -> None:
    made = Curves.of({"joint": log(rank=False)})
    assert made is not None
    assert [c.key for c in made.curves] == ["loss"]


def test_a_long_log_is_averaged() -> None:
    made = Curves.of({"joint": log(5 * MOST)})
    assert made is not None
    (line,) = ET.fromstring(made.curves[0].svg).iter("polyline")
    assert len((line.get("points") or "").split()) == MOST


def test_values_that_are_absent_are_passed_over() -> None:
    given = log()
    given.frame.loc[3, "rank"] = math.nan
    assert Curves.of({"joint": given}) is not None


def test_nothing_to_draw_is_no_section() -> None:
    assert Curves.of({}) is None
    assert Curves.of({"joint": Log(pd.DataFrame({"step": [1]}), None, None)}) is None


def test_the_section_explains_both_plots(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Training.of(run)
    assert section is not None
    assert section.html.count("<b>Good</b>") == 2
    assert Training.of(replace(run, logs={})) is None


def looked(n: int = 4) -> Log:
    frame = pd.DataFrame({"step": np.arange(n) - 1, "loss": np.linspace(5, 2, n)})
    frame["replicates"] = [0.3, 0.4, 0.7, 0.5][:n]
    return Log(frame, None, None)


def test_the_state_that_is_kept_is_a_dot_with_its_figure() -> None:
    looks = {"joint": {"kept": {"step": 2, "replicates": 0.7}}}
    made = Curves.of({"joint": looked()}, looks)
    assert made is not None
    loss, replicates = made.curves
    assert replicates.kept == "step 2, 0.700"
    (dot,) = [e for e in ET.fromstring(replicates.svg).iter("circle") if e.get("class") == "kept"]
    assert dot.get("cx") == "66.67%"
    assert not loss.kept
    two = Curves.of({"DNA": looked(), "joint": looked()}, looks)
    assert two is not None
    assert two.curves[1].kept == "joint, step 2, 0.700"
    for wrong in ({}, {"joint": 3}, {"joint": {"kept": {"step": "x"}}}):
        last = Curves.of({"joint": looked()}, wrong)
        assert last is not None
        assert not last.curves[1].kept


def test_a_caption_speaks_of_a_dashed_line_where_one_is_drawn() -> None:
    without, level = Curves.of({"joint": looked()}), Curves.of({"joint": log(rank=False)})
    assert without is not None
    assert level is not None
    assert "dashed line" in Training.fill(training=level).html
    one = Curves(without.curves[:1], without.models)
    assert "dashed" not in Training.fill(training=one).html
