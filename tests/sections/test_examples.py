from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.report import gallery
from phenolens.report.gallery import Gallery
from phenolens.report.run_folder import Examples


def examples(channels: tuple[str, ...] = ("DNA", "Tubulin", "Actin")) -> Examples:
    meta = pd.DataFrame({
        "treatment": ["b@0.01", "DMSO", "b@0.003", "b@0.01", "c@1"],
        "moa": ["z", None, "z", "z", None], "plate": "P1", "well": ["A1", "A2", "A3", "A4", "A5"],
    })  # fmt: skip
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, len(channels), 4, 4), dtype=np.uint8
    )
    return Examples(images, channels, meta)


def test_controls_lead_and_doses_rise() -> None:
    made = Gallery.of(examples())
    assert [(g.moa, [name for name, _ in g.treatments]) for g in made.groups] == [
        ("Negative control (DMSO)", ["DMSO"]),
        ("Not annotated", ["c@1"]),
        ("z", ["b@0.003", "b@0.01"]),
    ]
    assert [p.place for p in made.groups[2].treatments[1][1]] == ["P1 A1", "P1 A4"]


def test_the_first_picture_stands_for_its_treatment() -> None:
    assert Gallery.of(examples()).first() == {"DMSO": 1, "c@1": 4, "b@0.003": 2, "b@0.01": 0}


def test_of_too_many_the_first_of_each_treatment_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "MOST", 4)
    made = Gallery.of(examples())
    assert made.left_out == 1
    assert all(len(pictures) == 1 for g in made.groups for _, pictures in g.treatments)


def test_only_red_green_and_blue_can_be_told_apart() -> None:
    assert Gallery.of(examples()).separable
    assert not Gallery.of(examples(("DNA", "ER", "Mito"))).separable
    assert not Gallery.of(examples(("Phase",))).separable
