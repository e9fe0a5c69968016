from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents
from phenolens.sections.attention import Attention

FIGURES = {
    f"mass_{name}{end}": value
    for name, values in {
        "nucleus": (0.6, 0.2, 0.21),
        "cytoplasm": (0.3, 0.4, 0.4),
        "background": (0.1, 0.4, 0.39),
    }.items()
    for end, value in zip(("", "_chance", "_untrained"), values, strict=True)
}


def asked(*, trusted: bool) -> Explanation:
    rng = np.random.default_rng(0)
    return Explanation(
        name="attention",
        rows=pd.DataFrame({"moa": ["a"], "image": [0]}),
        figures=FIGURES,
        trusted=trusted,
        notes=("1 tile",),
        pictures={
            "image": rng.integers(0, 255, (1, 2, 16, 16)).astype(np.uint8),
            "heads": rng.random((1, 3, 4, 4)).astype(np.float16),
            "rollout": rng.random((1, 4, 4)).astype(np.float16),
        },
        shown=pd.DataFrame({"moa": ["Tubulin drug"], "plate": ["p1"], "well": ["A01"]}),
    )


def test_maps_and_mass_are_shown_next_to_chance(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert Attention.of(run) is None
    made = Attention.of(replace(run, explanations={"attention": {"joint": asked(trusted=True)}}))
    assert made is not None
    assert made.html.count("<img") == 6
    assert "Tubulin drug" in made.html
    assert "<td>0.60</td><td>0.20</td><td>0.21</td>" in made.html
    assert "Do not trust" not in made.html


def test_a_map_that_failed_its_test_says_so(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    one = replace(asked(trusted=False), pictures={}, shown=pd.DataFrame())
    made = Attention.of(replace(run, explanations={"attention": {"joint": one}}))
    assert made is not None
    assert "Do not trust these maps" in made.html
