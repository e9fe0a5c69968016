"""Small multiples: one panel per drug and line, on one scale, controls of the same plate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.curves.curve_files import CurveFiles
from phenolens.curves.multiples import blocks, shades


def test_panels_of_a_run(tmp_path: Path) -> None:
    text = "Elapsed,Control,A 1 uM,A 3 uM,B 1 uM\n0,1,2,3,4\n3,2,,4,9\n6,3,4,5,6\n"
    stacked = text + "\n".join(text.splitlines()[1:]) + "\n"
    (tmp_path / "run_phase.csv").write_text(stacked)
    curves = CurveFiles(files="run_phase.csv").read(tmp_path)
    (block,) = blocks(curves.profiles, curves.run_of_row)
    assert (block.run, block.variable, block.more, block.averaged) == ("run", "phase", 0, False)
    first, second = block.panels
    assert (first.name, second.name) == ("A", "B")
    assert first.doses == (("--dose-0", "1 \u00b5M"), ("--dose-5", "3 \u00b5M"))
    assert first.svg.count("<polyline") == 2 + 2 * 2 + 2  # a gap parts each curve of 1 uM
    assert 'aria-label="A: 6 curves over time in hours"' in first.svg
    assert second.svg.count("var(--miss)") == 2


def test_many_curves_are_averaged_and_images_of_a_well_too() -> None:
    n = 12
    meta = pd.DataFrame(
        {
            "plate": "P",
            "batch": "P",
            "well": [f"A{i + 1:02d}" for i in range(n)] * 2,
            "compound": "A",
            "treatment": "A",
            "control": False,
            "time": [0.0] * n + [1.0] * n,
        }
    )
    profiles = Profiles(meta=meta, features=np.arange(2.0 * n)[:, None], names=("x",))
    (block,) = blocks(profiles, meta["batch"])
    assert block.averaged
    assert block.panels[0].svg.count("<polyline") == 1


def test_wells_without_a_map_are_drawn() -> None:
    meta = pd.DataFrame({"plate": "P", "batch": "P", "well": ["A01", "A01"], "time": [0.0, 1.0]})
    profiles = Profiles(meta=meta, features=np.ones((2, 1)), names=("x",))
    (block,) = blocks(profiles, meta["batch"])
    assert block.panels[0].name == "all wells"


def test_shades_spread() -> None:
    assert shades(2) == [0, 5]
    assert max(shades(40)) == 5
