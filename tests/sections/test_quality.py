"""The section of flagged images: counts of the step, and the pictures that the run kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.results.contents import Examples, RunContents
from phenolens.sections.quality import Quality


def test_counts_pictures_and_no_section_without_the_step(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert Quality.of(run) is None
    facts = {"blurred": 9, "empty": 0}
    step = {"step": "flag_quality", "images_out": 1200, "facts": facts}
    meta = pd.DataFrame({
        "plate": "P<1>", "well": ["A01", "A02"], "site": 2, "kind": "blurred", "flagged": 9,
        "quality": "blurred (DNA)",
    })  # fmt: skip
    flagged = Examples(np.zeros((2, 1, 8, 8), dtype=np.uint8), ("DNA",), meta)
    run = replace(run, provenance={"data": {"pixels": [step]}}, flagged=flagged)
    section = Quality.of(run)
    assert section is not None
    assert "Of 1,200 images: 9 blurred, 0 empty." in section.html
    assert "2 of 9" in section.html
    assert "P&lt;1&gt; A02 2: blurred (DNA)" in section.html
    assert section.html.count("<img") == 2
    bare = Quality.of(replace(run, flagged=None))
    assert bare is not None
    assert "<img" not in bare.html
