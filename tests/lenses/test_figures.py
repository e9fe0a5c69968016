from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.lenses.figures import corrected, map_figures, shown_of
from phenolens.lenses.looks import Look
from phenolens.lenses.study import Found
from phenolens.lenses.trial import Trial

TASK: Any = SimpleNamespace(names=("a", "b", "control"), well=np.array([0, 0, 1, 1]))


def look(gain: float = 0.5) -> Look:
    shares = {"place": [0, 3], "as_permuted": [0.2, 0.4]}
    for kind in ("", "permuted_"):
        for part, on, area in (
            ("nucleus", 0.5, 0.2),
            ("cytoplasm", 0.3, 0.3),
            ("background", 0.2, 0.5),
        ):
            shares[f"{kind}mass_{part}"] = [area if kind else on] * 2
            shares[f"{kind}area_{part}"] = [area] * 2
        shares[f"{kind}channel_DNA"] = [0.5, 0.5] if kind else [0.9, 0.7]
        shares[f"{kind}channel_Actin"] = [0.5, 0.5] if kind else [0.1, 0.3]
    shown = pd.DataFrame(
        {
            "kind": ["control_corrected", "confidence_gained", "random"],
            "place": [0, 1, 2],
            "p_without": [0.1, 0.1, 0.9],
            "p_with": [0.1 + gain, 0.1 + gain, 0.2],
        }
    )
    return Look(pd.DataFrame(shares), shown, {"map": np.full((3, 2, 2), gain)})


def trial(labels: np.ndarray) -> Trial:
    before = np.full((4, 3), 0.05)
    after = before.copy()
    before[np.arange(4), [1, 0, 2, 2]] = 0.9
    after[np.arange(4), [2, 0, 2, 0]] = 0.9
    return Trial(np.array([0, 1, 0, 1]), labels, before, after)


def test_shares_of_maps_are_next_to_chance() -> None:
    found = Found((), trial(np.zeros(4, dtype=np.int64)), (look(), look()))
    made = map_figures(TASK, found, ("DNA", "Actin"))
    assert made["maps_as_permuted"] == pytest.approx(0.3)
    assert made["mass_cells"] == pytest.approx(0.8)
    assert made["mass_cells_chance"] == pytest.approx(0.5)
    assert made["mass_cells_permuted"] == pytest.approx(0.5)
    assert made["excess_cells_low"] == pytest.approx(0.3)
    assert made["channel_DNA"] == pytest.approx(0.8)
    assert made["channel_DNA_chance"] == 0.5
    assert made["channel_DNA_permuted"] == 0.5


def test_what_a_lens_spoils_is_counted_as_well() -> None:
    labels = np.array([2, 0, 2, 2])  # corrected, the same, the same, spoiled
    made = corrected(TASK, [trial(labels), trial(labels)])
    assert made["control_corrected"] == 1
    assert made["control_corrected_spoiled"] == 1
    assert made["call_corrected"] == made["confidence_gained"] == 0


def test_the_examples_of_both_folds_by_what_they_gained() -> None:
    shown, pictures = shown_of([look(0.3), look(0.6)], 1)
    assert shown["kind"].tolist() == ["control_corrected", "confidence_gained", "random"]
    assert shown["p_with"].tolist() == pytest.approx([0.7, 0.7, 0.2])
    assert pictures["map"][:, 0, 0].tolist() == [0.6, 0.6, 0.3]
