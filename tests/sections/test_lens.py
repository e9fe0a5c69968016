from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents
from phenolens.sections.lens import Lens

GAIN = {"gain": 0.15, "gain_low": 0.05, "gain_high": 0.25, "gain_p": 0.0002}
NONE = {"gain": -0.01, "gain_low": -0.1, "gain_high": 0.08, "gain_p": 0.8}
FIGURES = {
    "top3_without": 0.5,
    "top3_with": 0.65,
    "top3_with_chance": 0.25,
    **{f"top3_{k}": v for k, v in GAIN.items()},
    **{f"permuted_top3_{k}": v for k, v in NONE.items()},
    "mass_cells": 0.8,
    "mass_cells_chance": 0.4,
    "mass_cells_permuted": 0.45,
    "channel_DNA": 0.7,
    "channel_DNA_chance": 0.5,
    "channel_DNA_permuted": 0.52,
    "call_corrected": 12.0,
    "call_corrected_spoiled": 3.0,
}


def asked(*, trusted: bool) -> Explanation:
    rng = np.random.default_rng(0)
    shown = pd.DataFrame(
        {
            "kind": ["call_corrected", "random"],
            "right": ["Tubulin drug", "control"],
            "without": ["control", "control"],
            "p_without": [0.2, 0.6],
            "with": ["Tubulin drug", "control"],
            "p_with": [0.9, 0.7],
            "plate": ["p1", "p1"],
            "well": ["A01", "A02"],
        }
    )
    images = rng.integers(0, 255, (2, 2, 8, 8)).astype(np.uint8)
    maps = rng.random((2, 8, 8)).astype(np.float16)
    return Explanation(
        name="lens",
        rows=pd.DataFrame({"moa": ["a"]}),
        figures=FIGURES,
        trusted=trusted,
        notes=("32 wells",),
        pictures={
            "image": images,
            "lens": images,
            "reconstruction": images,
            "map": maps,
            "map_permuted": maps,
        },
        shown=shown,
    )


def html_of(one: Explanation, run_folder: Path) -> str:
    run = RunContents.read(run_folder)
    assert Lens.of(run) is None
    made = Lens.of(replace(run, explanations={"lens": {"joint": one}}))
    assert made is not None
    return str(made.html)


def test_gains_are_next_to_chance_and_examples_have_their_pictures(run_folder: Path) -> None:
    html = html_of(asked(trusted=True), run_folder)
    assert "<td>0.50</td><td>0.65</td><td>+0.15 (+0.05 to +0.25)</td><td>&lt; 0.001</td>" in html
    assert "\u22120.01 (\u22120.10 to +0.08)</td><td>0.25</td>" in html
    assert "<td>12</td><td>3</td>" in html
    assert "<th>cells</th><td>0.80</td><td>0.40</td><td>0.45</td>" in html
    assert "<th>DNA</th><td>0.70</td><td>0.50</td><td>0.52</td>" in html
    assert html.count("<img") == 10
    assert "<b>Tubulin drug</b> 0.20 \u2192 0.90" in html
    assert "called control \u2192 Tubulin drug; p1, A01" in html
    assert "called control; p1, A02" in html
    assert html.count("None.") == 2  # no control corrected, no confidence gained
    assert "Do not trust" not in html


def test_a_lens_that_failed_its_test_says_so(run_folder: Path) -> None:
    one = replace(asked(trusted=False), pictures={}, shown=pd.DataFrame())
    html = html_of(one, run_folder)
    assert "Do not trust this lens" in html
    assert "32 wells." in html
