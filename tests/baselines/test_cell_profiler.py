"""The baseline gives the classical profiles of the prepared pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.baselines.base import Baseline, Given
from phenolens.baselines.cell_profiler import CellProfiler
from phenolens.classical.profiles import classical_profiles
from phenolens.screens.synthetic import Synthetic


def refuse(*_: Any) -> Any:
    raise AssertionError("it uses no encoder")


def test_it_is_those_profiles() -> None:
    pytest.importorskip("cp_measure")
    screen = Synthetic()(Path()).take(np.array([0]))
    pixels = screen.read(np.arange(1))[:, :, :128, :128].copy()
    screen = replace(screen, read=lambda rows: pixels[rows], size=(128, 128), identify=None)
    baseline = CellProfiler()
    assert isinstance(baseline, Baseline)
    made = baseline(Given(screen, {}, refuse, refuse))
    assert list(made) == ["all"]
    wanted = classical_profiles(screen)
    assert made["all"].names == wanted.names
    assert np.array_equal(made["all"].features, wanted.features)
