"""Half of the wells' cells respond: they are the extreme ones, and half of them are beyond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.explanations.conftest import channel_screen, subject_of

from phenolens.core.screen import IntensityRule, Screen
from phenolens.explanations.typical_cells import TypicalCells

CELLS = 40


def screen() -> Screen:
    """Return wells of 40 cells; of the drug's every second cell is brighter in actin."""
    rows = [
        {"plate": "p0", "well": f"A{w:02d}", "treatment": kind, "cell": cell}
        for w, kind in enumerate(["DMSO"] * 12 + ["drug"] * 8 + ["nothing"] * 8)
        for cell in range(CELLS)
    ]
    meta = pd.DataFrame(rows)
    meta["control"] = meta["treatment"] == "DMSO"
    rng = np.random.default_rng(1)
    level = rng.normal(1000, 30, size=(len(meta), 2, 1, 1))
    responds = (meta["treatment"] == "drug") & (meta["cell"] % 2 == 0)
    level[responds.to_numpy(), 1] += 400
    pixels = np.clip(rng.normal(level, 60, size=(len(meta), 2, 8, 8)), 0, 65535).astype(np.uint16)
    made = Screen(meta=meta, channels=("DNA", "Actin"), read=lambda r: pixels[r], size=(8, 8))
    return replace(made, rescale=IntensityRule(mode="fixed", low=0, high=4000))


def test_extreme_cells_respond_and_control_like_ones_do_not() -> None:
    made = TypicalCells(shown=5)(subject_of(screen()))
    rows = made.rows.set_index("treatment")
    half_and_chance = 0.5 + 0.5 * 0.05
    assert rows.loc["drug", "beyond"] == pytest.approx(half_and_chance, abs=0.04)
    nothing = rows.loc["nothing"]  # as good as controls, and so no more often beyond them
    assert nothing["low"] <= 0.05 <= nothing["high"]
    assert rows.loc["controls", "beyond"] == pytest.approx(0.05, abs=0.01)
    assert rows.loc["drug", "low"] <= rows.loc["drug", "beyond"] <= rows.loc["drug", "high"]
    shown = made.shown[made.shown["treatment"] == "drug"]
    kinds = shown.groupby("kind", observed=True)["cell"].agg(list).to_dict()
    assert all(cell % 2 == 0 for cell in kinds["extreme"])
    assert all(cell % 2 == 1 for cell in kinds["like controls"])
    assert len(kinds["typical"]) == 5
    counts = made.shown["kind"].value_counts().to_dict()
    assert counts == {"typical": 15, "extreme": 10, "like controls": 10}
    assert len(made.pictures["image"]) == len(made.shown)
    assert made.figures["beyond"] == rows.loc[["drug", "nothing"], "beyond"].median()
    assert made.figures["beyond_chance"] == pytest.approx(0.05)


def test_pictures_show_whole_tiles() -> None:
    one = channel_screen()
    pixels = np.zeros((len(one.meta), 2, 128, 128), dtype=np.uint16)
    pixels[:] = np.random.default_rng(0).normal(1000, 40, size=(len(pixels), 2, 1, 1))
    pixels[:, :, 100:, 100:] += 2000  # beyond the upper left 96 pixels
    made = TypicalCells(shown=1)(
        subject_of(replace(one, size=(128, 128), read=lambda rows: pixels[rows]))
    )
    image = made.pictures["image"]
    assert image.shape[1:] == (2, 96, 96)
    bright = (image > image[:, :, :1, :1]).mean(axis=(2, 3))
    np.testing.assert_allclose(bright, (28 / 128) ** 2, atol=0.01)


def test_a_treatment_named_controls_is_not_the_controls() -> None:
    one = channel_screen()
    meta = one.meta.assign(treatment=one.meta["treatment"].replace("nothing", "controls"))
    made = TypicalCells(shown=1)(subject_of(replace(one, meta=meta)))
    assert made.rows["treatment"].tolist() == ["negative controls", "actin drug", "controls"]
